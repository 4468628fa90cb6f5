/** The texts of the cards: one file for each language; what it lacks is English. */

import de from "./texts/de.json";
import en from "./texts/en.json";
import es from "./texts/es.json";
import fr from "./texts/fr.json";
import ptBR from "./texts/pt-BR.json";
import zhHans from "./texts/zh-Hans.json";

export type TextKey = keyof typeof en;
export type Localize = (key: TextKey, values?: Record<string, string | number>) => string;

const LANGUAGES: Record<string, Partial<Record<TextKey, string>>> = {
  de, en, es, fr, "pt-BR": ptBR, "zh-Hans": zhHans,
};

/** Return what translates into a language: its own texts, those of a relative, or English. */
export function localizer(language: string): Localize {
  const base = language.split("-")[0];
  const texts = LANGUAGES[language]
    ?? LANGUAGES[Object.keys(LANGUAGES).find((each) => each.split("-")[0] === base) ?? "en"];
  return (key, values = {}) =>
    (texts[key] ?? en[key]).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** Return what translates into the language of the page, for what is asked for without a hass. */
export const pageLocalizer = (): Localize => localizer(document.documentElement.lang || "en");
