"use strict";

/* The boxes replies are written in: what stands in them, where it stands, and how a part is replaced when asked to. All
   places are UTF-16 units in the text that is sent for checking. Nothing but `replace` changes a box. */

const ATTRIBUTES = ["alt", "cite", "class", "dir", "href", "id", "lang", "style", "type"];
const EMPTY = ["BR", "HR", "IMG", "INPUT", "WBR"];
const UNSEEN = ["SCRIPT", "STYLE", "TEMPLATE", "NOSCRIPT"];
const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** The box of an element, or null where it is none. */
function boxAt(element, quote) {
  if (element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement) return new PlainBox(element);
  if (!(element instanceof HTMLIFrameElement)) return element.isContentEditable ? new RichBox(element, null, quote) : null;
  let inside = null;
  try {
    inside = element.contentDocument; // null for frames of other origins, which we leave alone
  } catch { /* the same, as an error */ }
  const body = inside?.body;
  return body && (body.isContentEditable || inside.designMode === "on") ? new RichBox(body, element, quote) : null;
}

/** A text area: its text is what is sent. */
class PlainBox {
  constructor(element) {
    this.element = this.outer = element;
    this.markup = "text";
  }

  read() { return this.element.value; }

  seen() { return this.element.value; }

  window() { return window; }

  words(start, end) { return this.element.value.slice(start, end); }

  focus() { this.element.focus(); }

  /** Keeps where the cursor is; gives back what puts it there again. */
  keep() { return () => this.focus(); }

  select(start, end) {
    this.focus();
    this.element.setSelectionRange(start, end);
  }

  replace(start, end, text) {
    this.select(start, end);
    if (put(document, text)) return;
    this.element.setRangeText(text, start, end, "end");
    this.element.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertReplacementText" }));
  }
}

/** An editor of formatted text, in the page or in a frame: what is sent is HTML. */
class RichBox {
  constructor(element, frame, quote) {
    this.element = element;
    this.frame = frame;
    this.outer = frame ?? element;
    this.quote = quote;
    this.markup = "html";
    this.pieces = [];
  }

  /** The HTML, written down anew so that each place in it is known to stand for a place in the document. */
  read() {
    this.pieces = [];
    this.parts = [];
    this.length = 0;
    for (const child of this.element.childNodes) this.write(child);
    return this.parts.join("");
  }

  seen() { return this.element.innerText; }

  window() { return this.element.ownerDocument.defaultView; }

  words(start, end) { return this.range(start, end)?.toString() ?? ""; }

  focus() {
    this.frame?.focus();
    this.element.focus();
  }

  keep() {
    const chosen = this.element.ownerDocument.getSelection();
    const range = chosen?.rangeCount ? chosen.getRangeAt(0).cloneRange() : null;
    return () => {
      this.focus();
      if (range && this.element.contains(range.commonAncestorContainer)) this.choose(range);
    };
  }

  select(start, end) {
    const range = this.range(start, end);
    this.focus();
    if (!range) return;
    this.choose(range);
    range.startContainer.parentElement?.scrollIntoView({ block: "nearest" });
  }

  replace(start, end, text) {
    this.select(start, end);
    put(this.element.ownerDocument, text);
  }

  choose(range) {
    const chosen = this.element.ownerDocument.getSelection();
    chosen.removeAllRanges();
    chosen.addRange(range);
  }

  write(node) {
    if (node.nodeType === Node.TEXT_NODE) this.writeText(node);
    else if (node.nodeType === Node.ELEMENT_NODE) this.writeElement(node);
  }

  writeElement(element) {
    const name = element.tagName;
    if (UNSEEN.includes(name) || (this.quote && element.matches(this.quote))) return;
    const tag = name.toLowerCase();
    const given = ATTRIBUTES.filter((key) => element.hasAttribute(key));
    this.add(`<${tag}${given.map((key) => ` ${key}="${quoted(element.getAttribute(key))}"`).join("")}>`);
    if (EMPTY.includes(name)) return;
    for (const child of element.childNodes) this.write(child);
    this.add(`</${tag}>`);
  }

  writeText(node) {
    const start = this.length;
    const white = node.parentElement && this.window()?.getComputedStyle(node.parentElement).whiteSpace;
    const breaks = /^(pre|break)/.test(white ?? ""); // there a line feed is seen as one
    const units = Array.from({ length: node.data.length }, (_, at) => escaped(node.data[at], breaks));
    this.add(units.join(""));
    const plain = this.length - start === node.data.length;
    this.pieces.push({ node, start, end: this.length, sizes: plain ? null : units.map((unit) => unit.length) });
  }

  add(part) {
    this.parts.push(part);
    this.length += part.length;
  }

  /** The part of the document that places of the last `read` stand for, or null where they are no words. */
  range(start, end) {
    const first = this.pieces.find((piece) => piece.end > start && piece.node.isConnected);
    const last = this.pieces.findLast((piece) => piece.start < end && piece.node.isConnected);
    if (!first || !last || first.start >= end || last.end <= start) return null;
    const range = this.element.ownerDocument.createRange();
    try {
      range.setStart(first.node, inside(first, start));
      range.setEnd(last.node, inside(last, end));
    } catch {
      return null; // the text has become shorter since it was read
    }
    return range;
  }
}

function escaped(unit, breaks) {
  return unit === "\n" && breaks ? "<br>" : (ESCAPES[unit] ?? unit);
}

function quoted(value) {
  return value.replace(/&/g, "&amp;").replace(/"/g, "&quot;").slice(0, 300);
}

/** Where a place of the written HTML is in a text node. */
function inside({ start, end, sizes }, place) {
  if (!sizes) return Math.max(0, Math.min(place, end) - start);
  let at = start, index = 0;
  while (index < sizes.length && at < place) {
    at += sizes[index];
    index += 1;
  }
  return index;
}

/** Puts text in place of what is selected, as typing does, so that it can be undone and the page hears of it. */
function put(page, text) {
  return text ? page.execCommand("insertText", false, text) : page.execCommand("delete");
}
