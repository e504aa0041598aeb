import type { Locale } from '../plugin.ts';

const words: Readonly<Record<Locale, string>> = {
  'zh-Hant': '選擇您想收到的信件',
  'zh-Hans': '选择您想收到的邮件',
  en: 'Choose which mails you get',
};

/**
 * The way to the page on which the reader chooses, under every mail whose reader can, and who advertises: no template can forget
 * them.
 */
export function withFooter(mjml: string, locale: Locale): string {
  const end = mjml.lastIndexOf('</mj-body>');
  return end < 0 ? mjml : mjml.slice(0, end) + footer(words[locale]) + mjml.slice(end);
}

const footer = (text: string): string => `
    <mj-raw>{% if preferencesUrl %}</mj-raw>
    <mj-section padding="8px 28px 24px">
      <mj-column>
        <mj-raw>{% if imprint %}</mj-raw>
        <mj-text font-size="13px" color="#56616d">{{ imprint }}</mj-text>
        <mj-raw>{% endif %}</mj-raw>
        <mj-text font-size="13px" color="#56616d"><a href="{{ preferencesUrl }}" style="color: #56616d">${text}</a></mj-text>
      </mj-column>
    </mj-section>
    <mj-raw>{% endif %}</mj-raw>
  `;
