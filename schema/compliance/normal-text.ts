const invisible = /[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/gu;
// A space put into a Chinese word, to keep it from being found, is none; lookarounds, as one match may end where the next begins.
const gapInHan = /(?<=\p{Script=Han})[\s·・]+(?=\p{Script=Han})/gu;

/** One form for a text and its disguises: full-width letters, invisible characters, case, and gaps within Chinese words. */
export const normalText = (text: string): string =>
  text
    .normalize('NFKC')
    .replace(invisible, '')
    .toLowerCase()
    .replace(/[’‘]/gu, "'")
    .replace(/\s+/gu, ' ')
    .replace(gapInHan, '');
