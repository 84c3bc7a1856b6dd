// Texts for people: one file for each language, the same for templates and modules. Chinese is the language that is always there.

export const LANGUAGES = /** @type {const} */ (["zh-CN", "en"]);
/** @typedef {typeof LANGUAGES[number]} Language */

/**
 * The texts of one area in one language.
 *
 * @param {string} area
 * @param {Language} language
 * @returns {Promise<Texts>}
 */
export async function loadTexts(area, language) {
  const answer = await fetch(new URL(`../texts/${area}.${language}.json`, import.meta.url));
  return new Texts(language, await answer.json());
}

export class Texts {
  /**
   * @param {Language} language
   * @param {Record<string, string>} texts
   */
  constructor(language, texts) {
    this.language = language;
    this.texts = texts;
  }

  /**
   * The text `name`, with {places} filled in. What has no text shows its name, so that nobody mistakes it for one.
   *
   * @param {string} name
   * @param {Record<string, string | number>} [places]
   */
  say(name, places = {}) {
    return (this.texts[name] ?? name).replace(/\{(\w+)\}/g, (whole, place) => String(places[place] ?? whole));
  }

  /** @param {string} name */
  has(name) {
    return name in this.texts;
  }

  /**
   * What the service said in two languages.
   *
   * @param {{ zh: string, en: string }} text
   */
  pick(text) {
    return this.language === "en" ? text.en : text.zh;
  }

  /**
   * A length of time in the largest unit that says something: 6 天, 5 小时, 3 分钟, 40 秒.
   *
   * @param {number} seconds
   */
  span(seconds) {
    const length = Math.abs(seconds);
    const [unit, size] = length >= 86400 ? ["day", 86400] : length >= 3600 ? ["hour", 3600] : length >= 60 ? ["minute", 60] : ["second", 1];
    const count = Math.max(1, Math.floor(length / Number(size)));
    const one = this.language === "en" && count === 1 ? "-one" : "";
    return this.say(`span.${unit}${one}`, { count });
  }

  /**
   * A moment: 11 月 22 日 14:05. Always the time of China, which is where the desks are.
   *
   * @param {number} seconds
   */
  moment(seconds) {
    const parts = { timeZone: "Asia/Shanghai", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat(this.language, /** @type {Intl.DateTimeFormatOptions} */ (parts)).format(seconds * 1000);
  }

  /** @param {number} seconds */
  day(seconds) {
    const parts = { timeZone: "Asia/Shanghai", year: "numeric", month: "long", day: "numeric" };
    return new Intl.DateTimeFormat(this.language, /** @type {Intl.DateTimeFormatOptions} */ (parts)).format(seconds * 1000);
  }

  /** @param {number} seconds */
  time(seconds) {
    const parts = { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    return new Intl.DateTimeFormat(this.language, /** @type {Intl.DateTimeFormatOptions} */ (parts)).format(seconds * 1000);
  }
}
