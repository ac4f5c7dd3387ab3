/* What is set: by the user in chrome.storage.local, and over it by an administrator in chrome.storage.managed. */

export const DEFAULTS = {
  server: "http://127.0.0.1:8787/",
  token: "",
  agent: "",
  team: "",
  fail: "open",
  live: true,
  language: "",
  sites: [],
};
export const LANGUAGES = ["en", "hr", "sr", "sr-Cyrl", "nl", "ru"];
const LOOPBACK = ["127.0.0.1", "localhost"];

/** What an administrator has set; nothing where there is no policy. */
export async function managed() {
  try {
    return await chrome.storage.managed.get(Object.keys(DEFAULTS));
  } catch {
    return {}; // a browser without policies says so with an error
  }
}

export async function load() {
  const own = await chrome.storage.local.get(Object.keys(DEFAULTS));
  return { ...DEFAULTS, ...own, ...(await managed()) };
}

/** The address of a service with a slash at its end, or null: plain http is for this machine only. */
export function serverOf(text) {
  const url = parsed(text);
  if (!url || (url.protocol === "http:" && !LOOPBACK.includes(url.hostname))) return null;
  return url.href;
}

/** The address of a helpdesk with a slash at its end, or null. */
export function addressOf(text) {
  return parsed(text)?.href ?? null;
}

function parsed(text) {
  let url;
  try {
    url = new URL(text.trim());
  } catch {
    return null;
  }
  if (!["http:", "https:"].includes(url.protocol) || url.username || url.password) return null;
  url.search = url.hash = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** What the browser is asked for: it knows hosts, not ports or paths. */
export function originOf(address) {
  const url = new URL(address);
  return `${url.protocol}//${url.hostname}/*`;
}

/** The entry that a page belongs to: {kind, address}. Where several fit, the longest address. */
export function siteOf(settings, url) {
  const fits = settings.sites.filter((site) => url && belongs(url, site.address));
  return fits.sort((one, other) => other.address.length - one.address.length)[0] ?? null;
}

function belongs(url, address) {
  if (!address.includes("//*.")) return url.startsWith(address);
  const [scheme, host] = address.slice(0, -1).split("//*.");
  const page = new URL(url);
  return page.protocol === scheme && page.hostname.endsWith(`.${host}`);
}

/** The language of the interface: what is set, or the first that the browser prefers and we have. */
export function languageOf(set, preferred) {
  if (LANGUAGES.includes(set)) return set;
  for (const wish of preferred) {
    const [base, ...rest] = wish.toLowerCase().split(/[-_]/);
    if (base === "sr" && rest.includes("cyrl")) return "sr-Cyrl";
    if (LANGUAGES.includes(base)) return base;
  }
  return "en";
}

/** Everything the interface says, in one language: what all gates say, and what only this one does. */
export async function wordsIn(language) {
  const files = ["words.json", "labels.json"].map((name) => fetch(chrome.runtime.getURL(name)));
  const parts = await Promise.all((await Promise.all(files)).map((file) => file.json()));
  return Object.assign({}, ...parts.map((part) => part[language]));
}

export async function kinds() {
  return (await (await fetch(chrome.runtime.getURL("sites.json"))).json()).sites;
}

/** Asks the service; the answer, or what kind of failure it was. Never raises, and says nothing of the text. */
export async function ask(settings, path, body, milliseconds) {
  const headers = { Accept: "application/json" };
  if (body) headers["Content-Type"] = "application/json";
  if (settings.token) headers.Authorization = `Bearer ${settings.token}`;
  try {
    const response = await fetch(new URL(path, settings.server), {
      method: body ? "POST" : "GET",
      headers,
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(milliseconds),
      credentials: "omit",
      redirect: "error",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
    const answer = await response.json();
    return response.ok ? { answer } : { failure: String(answer?.error?.code ?? response.status) };
  } catch (error) {
    return { failure: error.name };
  }
}
