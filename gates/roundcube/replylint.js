/**
 * Shows in the compose window why a reply was held back, and asks for a reason where it may be sent all the same.
 *
 * @license MIT
 */
(function () {
  "use strict";

  const STORED = "replylint.unchecked";
  const SECONDS = 15;
  let sendingAnyway = false;

  function make(name, properties, ...children) {
    const element = Object.assign(document.createElement(name), properties);
    element.append(...children);
    return element;
  }

  /** A hidden field of the compose form, which goes with the next press of Send. */
  function field(name) {
    const form = rcmail.gui_objects.messageform;
    const found = form.querySelector(`input[name="_replylint_${name}"]`);
    if (found) return found;
    return form.appendChild(make("input", { type: "hidden", name: `_replylint_${name}` }));
  }

  function setOverride(token, reason) {
    field("token").value = token;
    field("reason").value = reason;
  }

  function close() {
    document.getElementById("replylint")?.remove();
  }

  function findings(held) {
    const list = make("ul", {}, ...held.findings.map((text) => make("li", {}, text)));
    if (held.findings_lang) list.lang = held.findings_lang;
    return list;
  }

  /** The field for a reason, and the button that sends all the same. */
  function override(held) {
    const fault = make("p", { id: "replylint-fault", className: "replylint-fault", textContent: held.fault });
    fault.setAttribute("role", "alert");
    const reason = make("input", { id: "replylint-reason", type: "text", maxLength: 500, autocomplete: "off" });
    reason.setAttribute("aria-describedby", fault.id);
    const send = () => {
      const given = reason.value.trim();
      const missing = [...given].length < 3;
      reason.setAttribute("aria-invalid", String(missing));
      fault.textContent = missing ? held.words.reason_missing : "";
      if (missing) return reason.focus();
      setOverride(held.token, given);
      sendingAnyway = true;
      rcmail.command("send", "");
      sendingAnyway = false;
    };
    reason.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      // Enter would send the form that the panel stands in.
      event.preventDefault();
      send();
    });
    const label = make("label", { htmlFor: reason.id }, held.words.reason);
    const button = make("button", { type: "button", className: "replylint-send", onclick: send });
    button.append(held.words.send_anyway);
    return [make("div", { className: "replylint-override" }, label, reason, button), fault];
  }

  function panel(held) {
    const title = make("h2", { id: "replylint-title", tabIndex: -1 }, held.title);
    const said = make("div", {}, title);
    said.setAttribute("role", "alert");
    if (held.findings.length) said.append(findings(held));
    if (held.change) said.append(make("p", {}, held.change));
    const back = make("button", { type: "button", className: "replylint-back" }, held.words.back);
    back.addEventListener("click", () => rcmail.editor.focus());
    const whole = make("section", { id: "replylint", className: `replylint-${held.kind}`, lang: held.lang }, said);
    whole.setAttribute("aria-labelledby", title.id);
    if (held.token) whole.append(...override(held));
    whole.append(back);
    return whole;
  }

  function show(held) {
    close();
    setOverride("", "");
    const editor = document.getElementById("composebodycontainer") || rcmail.gui_objects.messageform.lastElementChild;
    editor.before(panel(held));
    // The passing message that Roundcube shows beside says the same, and would be read out twice.
    window.setTimeout(() => rcmail.clear_messages(), 0);
    document.getElementById("replylint").scrollIntoView({ block: "nearest" });
    document.getElementById("replylint-title").focus({ preventScroll: true });
    // Sending has stopped the timer that saves drafts.
    rcmail.auto_save_start();
  }

  /** The window is about to close or to show the folder, so that the message is shown where the agent goes. */
  function keepForNextPage(sent) {
    const opener = rcmail.env.extwin && (rcmail.opener(false, { task: "mail" }) || rcmail.opener(true, { task: "mail" }));
    if (opener) opener.display_message(sent.text, "warning", SECONDS * 1000);
    else window.sessionStorage.setItem(STORED, sent.text);
  }

  function showKept() {
    const text = window.sessionStorage.getItem(STORED);
    window.sessionStorage.removeItem(STORED);
    if (text) rcmail.display_message(text, "warning", SECONDS * 1000);
  }

  window.rcmail && rcmail.addEventListener("init", () => {
    if (rcmail.env.action !== "compose") return showKept();
    rcmail.addEventListener("plugin.replylint.held", show);
    rcmail.addEventListener("plugin.replylint.unchecked", keepForNextPage);
    rcmail.addEventListener("beforeinsert-response", (id) => {
      field("response").value = id;
    });
    rcmail.addEventListener("beforesend", () => {
      close();
      if (!sendingAnyway) setOverride("", "");
    });
  });
})();
