"use strict";

/* Draws lines under words, above the page and without touching it: everything is inside our own shadow root. */

const SVG = "http://www.w3.org/2000/svg";
const COPIED = ["direction", "font", "fontFeatureSettings", "fontKerning", "letterSpacing", "lineHeight", "overflowWrap",
  "paddingBottom", "paddingLeft", "paddingRight", "paddingTop", "borderBottomWidth", "borderLeftWidth", "borderRightWidth",
  "borderTopWidth", "tabSize", "textAlign", "textIndent", "textTransform", "whiteSpace", "wordBreak", "wordSpacing"];

class Marks {
  constructor(root) {
    this.lines = document.createElementNS(SVG, "svg");
    this.lines.setAttribute("class", "marks");
    this.lines.setAttribute("aria-hidden", "true");
    this.mirror = document.createElement("div");
    this.mirror.className = "mirror";
    this.mirror.setAttribute("aria-hidden", "true");
    root.append(this.mirror, this.lines);
  }

  /** Draws the findings of a box anew. */
  draw(box, findings) {
    const placed = findings.filter((found) => found.start !== null);
    if (box instanceof PlainBox && placed.length) this.reflect(box.element);
    const window = placed.length ? visible(box.outer) : null;
    const paths = window ? placed.flatMap((found) => this.under(box, found, window)) : [];
    this.lines.replaceChildren(...paths);
  }

  clear() { this.lines.replaceChildren(); }

  under(box, found, window) {
    return this.rects(box, found.start, found.end)
      .filter((rect) => rect.bottom <= window.bottom + 2 && rect.bottom > window.top) // seen down to their foot
      .map((rect) => new DOMRect(Math.max(rect.left, window.left), rect.top, overlap(rect, window).width, rect.height))
      .filter((rect) => rect.width > 1)
      .map((rect) => line(rect, found.severity));
  }

  /** Where words are on the screen. */
  rects(box, start, end) {
    const plain = box instanceof PlainBox;
    const range = plain ? this.mirrored(start, end) : box.range(start, end);
    if (!range) return [];
    const shift = plain ? { x: -box.element.scrollLeft, y: -box.element.scrollTop } : corner(box.frame);
    return [...range.getClientRects()].map((it) => new DOMRect(it.x + shift.x, it.y + shift.y, it.width, it.height));
  }

  /** A text area cannot say where its words are, so that a copy beside it is asked. */
  reflect(area) {
    const style = getComputedStyle(area), place = area.getBoundingClientRect();
    for (const key of COPIED) this.mirror.style[key] = style[key];
    const border = parseFloat(style.borderLeftWidth) + parseFloat(style.borderRightWidth);
    this.mirror.style.borderStyle = "solid";
    this.mirror.style.borderColor = "transparent";
    this.mirror.style.width = `${area.clientWidth + border}px`;
    this.mirror.style.left = `${place.left}px`;
    this.mirror.style.top = `${place.top}px`;
    if (this.mirror.textContent !== area.value) this.mirror.textContent = area.value;
  }

  mirrored(start, end) {
    const text = this.mirror.firstChild;
    if (!text || end > text.length) return null;
    const range = document.createRange();
    range.setStart(text, start);
    range.setEnd(text, end);
    return range;
  }
}

function corner(frame) {
  if (!frame) return { x: 0, y: 0 };
  const place = frame.getBoundingClientRect();
  return { x: place.left + frame.clientLeft, y: place.top + frame.clientTop };
}

/** The part of an element that its scrolling surroundings show. */
function visible(element) {
  let shown = overlap(element.getBoundingClientRect(), new DOMRect(0, 0, innerWidth, innerHeight));
  for (let up = element.parentElement; up && up !== document.body; up = up.parentElement) {
    if (getComputedStyle(up).overflow !== "visible") shown = overlap(shown, up.getBoundingClientRect());
  }
  return shown;
}

function overlap(one, other) {
  const left = Math.max(one.left, other.left), top = Math.max(one.top, other.top);
  const right = Math.min(one.right, other.right), bottom = Math.min(one.bottom, other.bottom);
  return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
}

/** A wave under what is an error, dashes for a warning, dots for a suggestion: not told by colour alone. */
function line(rect, severity) {
  const path = document.createElementNS(SVG, "path");
  const y = rect.bottom;
  let shape = `M${rect.left} ${y}`;
  if (severity === "error") {
    for (let x = rect.left, up = true; x < rect.right; x += 3, up = !up) shape += `q1.5 ${up ? -3 : 3} 3 0`;
  } else {
    shape += `H${rect.right}`;
  }
  path.setAttribute("d", shape);
  path.setAttribute("class", severity);
  return path;
}
