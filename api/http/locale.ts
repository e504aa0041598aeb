import type { Locale } from '../plugin.ts';

/** The language of ours that an `accept-language` header asks for first; Taiwan, Hong Kong and Macao read zh-Hant. */
export function localeOf(header: string | undefined, fallback: Locale = 'en'): Locale {
  for (const range of header?.split(',') ?? []) {
    const tag = range.split(';')[0]!.trim().toLowerCase();
    if (/^zh-(hant|tw|hk|mo)\b/.test(tag)) return 'zh-Hant';
    if (tag === 'zh' || /^zh-(hans|cn|sg)\b/.test(tag)) return 'zh-Hans';
    if (tag === 'en' || tag.startsWith('en-')) return 'en';
  }
  return fallback;
}
