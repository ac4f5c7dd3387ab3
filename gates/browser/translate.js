/* The language of our own pages. */

import { languageOf, load, wordsIn } from "./settings.js";

/** Fills in the words of a page; gives back how to say one. */
export async function translate() {
  const language = languageOf((await load()).language, navigator.languages);
  const words = await wordsIn(language);
  const t = (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  document.documentElement.lang = language === "sr" ? "sr-Latn" : language;
  for (const node of document.querySelectorAll("[data-t]")) node.textContent = t(node.dataset.t);
  return t;
}
