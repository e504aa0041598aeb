import { html, Html } from './html.ts';
import { page } from './page.ts';

it('escapes values, in text and in attributes', () => {
  const evil = `<img src=x onerror="alert('1')">&`;
  expect(html`<p title="${evil}">${evil}</p>`.markup).toBe(
    `<p title="&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;">&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;</p>`,
  );
});

it('keeps what is markup itself, and joins lists', () => {
  const items = ['a', '<b>'].map(item => html`<li>${item}</li>`);
  expect(html`${items}${new Html('<hr>')}`.markup).toBe('<li>a</li><li>&lt;b&gt;</li><hr>');
});

it('shows nothing for what is not there, and zero for zero', () => {
  expect(html`[${undefined}${null}${false}${0}${''}]`.markup).toBe('[0]');
});

it('takes an object that only looks like markup for no markup', () => {
  const fake = JSON.parse('{"markup":"<script>"}') as Html;
  expect(html`${fake}`.markup).not.toContain('<script>');
});

it('makes a page of it', async () => {
  const response = page({
    title: '<T>',
    locale: 'zh-Hant',
    body: html`<p>x</p>`,
    status: 410,
    style: 'p { margin: 0 }',
  });
  const text = await response.text();
  expect(response.status).toBe(410);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(text).toContain('<html lang="zh-Hant">');
  expect(text).toContain('<title>&lt;T&gt;</title>');
  expect(text).toMatch(/<style>[^<]*p \{ margin: 0 \}<\/style>/);
});

it('takes no style that could end its element', () => {
  expect(() => page({ title: 'x', locale: 'en', body: html``, style: '</style><script>' })).toThrow('style sheet');
});
