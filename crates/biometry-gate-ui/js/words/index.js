/** What is said, in the language of the page, with the host's own texts in front. */

import english from './en.js';

const OTHERS = { de: () => import('./de.js'), es: () => import('./es.js'), ar: () => import('./ar.js') };
const RIGHT_TO_LEFT = ['ar', 'fa', 'he', 'ur'];

/**
 * @param {string} lang of the element or the page, `de-CH` for example; English where there are no words in it
 * @param {Record<string, string>} [replaced] texts of the host's own, by their keys
 * @returns {Promise<Words>}
 */
export async function wordsIn(lang, replaced = {}) {
  const code = lang.toLowerCase().split('-')[0];
  const own = await OTHERS[code]?.().then((module) => module.default, () => ({})) ?? {};
  const isOurs = code === 'en' || Object.hasOwn(OTHERS, code);
  const spoken = isOurs || Object.keys(replaced).length > 0 ? lang : 'en';
  return new Words(spoken || 'en', { ...english, ...own, ...replaced }, isOurs || spoken === 'en' || Object.hasOwn(replaced, 'minute.other'));
}

export class Words {
  #texts;
  #counts;

  /** @param {boolean} counts whether the texts have durations in this language */
  constructor(lang, texts, counts = true) {
    this.lang = lang;
    this.#counts = counts;
    this.dir = RIGHT_TO_LEFT.includes(lang.split('-')[0]) ? 'rtl' : 'ltr';
    this.#texts = texts;
  }

  /** @param {string} key @param {string} [kind] @param {Record<string, unknown>} [values] for the places in braces */
  say(key, kind, values = {}) {
    const text = this.#texts[`${key}@${kind}`] ?? this.#texts[key] ?? '';
    return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
  }

  /** Title and text of a key that has both. @returns {[string, string]} */
  both(key, kind, values) {
    const [title, text = ''] = this.say(key, kind, values).split('|');
    return [title, text];
  }

  /** The code comes from outside: only a text of its own counts. */
  knows(key) {
    return Object.hasOwn(this.#texts, key);
  }

  /** @param {number} seconds @returns {string} `40 seconds`, `3 minutes` */
  duration(seconds) {
    const [count, unit] = seconds < 90 ? [Math.ceil(seconds), 'second'] : [Math.ceil(seconds / 60), 'minute'];
    // The first number format of a page takes a browser longer than all else that a dialog begins with.
    if (this.#counts) return this.#counted(unit, count);
    return new Intl.NumberFormat(this.lang, { style: 'unit', unit, unitDisplay: 'long' }).format(count);
  }

  /** @param {number} count @returns {string} */
  attempts(count) {
    return count === 0 ? this.say('attempts.none') : this.#counted('attempts', count);
  }

  /** The text for so many of something, as the language counts: `key.one`, `key.few`, `key.other`. */
  #counted(key, count) {
    const form = `${key}.${new Intl.PluralRules(this.lang).select(count)}`;
    return this.say(this.knows(form) ? form : `${key}.other`, undefined, { n: count });
  }
}

/** @param {number} seconds @returns {string} `4:05` */
export function clock(seconds) {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
