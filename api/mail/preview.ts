import { plainText } from './plain-text.ts';

/** Signs of the body that mail programs show where a mail has no preview of its own. */
const shown = 140;
const element = /<mj-preview>([\s\S]*?)<\/mj-preview>/;

/** What mail programs show beside the subject, with its merge fields; undefined where that is the first words. */
export function previewOf(mjml: string): string | undefined {
  const [, preview] = element.exec(mjml) ?? [];
  return preview?.trim() ? plainText(`<mj-text>${preview}</mj-text>`) : undefined;
}

export const firstWords = (text: string): string => text.slice(0, shown);

/** Invisible, of no width but for the last one, and no end of a word: what mail programs count as text of the preview. */
const filling = '\u034f\u200c\u00a0'.repeat(shown / 2);

/** Throws where there is no preview. */
export function withFullPreview(mjml: string): string {
  if (!element.exec(mjml)?.[1]?.trim())
    throw new Error('It is confidential and has no `mj-preview`: mail programs would show its first words.');
  return mjml.replace('</mj-preview>', `${filling}</mj-preview>`);
}
