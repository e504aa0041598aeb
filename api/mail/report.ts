import { simpleParser, type Attachment } from 'mailparser';
import { enhancedCodeIn, isNoSuchMailbox } from './transport.ts';

/** What a mail server, or a provider of mailboxes, says of a mail that it took. */
export type Report =
  | { readonly kind: 'bounce'; /** RFC 3463. */ readonly status: string; readonly isHardBounce: boolean }
  | { readonly kind: 'complaint' };

/**
 * Reads a delivery status notification (RFC 3464) or a complaint (RFC 5965). Undefined for anything else: for somebody's
 * out-of-office, for a delay, for a delivery that succeeded, and for reports in the words of a server alone.
 */
export async function readReport(raw: Buffer): Promise<Report | undefined> {
  const { headers, attachments } = await simpleParser(raw, {
    keepDeliveryStatus: true,
    skipHtmlToText: true,
    skipTextToHtml: true,
    skipImageLinks: true,
  });
  const { value, params } = (headers.get('content-type') ?? {}) as { value?: string; params?: Record<string, string> };
  if (value !== 'multipart/report') return undefined;
  const type = params?.['report-type']?.toLowerCase();
  if (type === 'delivery-status') return bounceOf(partOf(attachments, 'message/delivery-status'));
  if (type === 'feedback-report') return complaintOf(partOf(attachments, 'message/feedback-report'));
  return undefined;
}

type Fields = ReadonlyMap<string, string>;

const partOf = (attachments: readonly Attachment[], type: string): Fields[] =>
  groupsOf(attachments.find(({ contentType }) => contentType === type)?.content.toString('utf8') ?? '');

/** Of one recipient each; a mail of ours has one, and a list behind its address may have some that got it. */
function bounceOf(groups: readonly Fields[]): Report | undefined {
  const recipients = groups.filter(group => group.has('action'));
  const failed = recipients.filter(group => /^failed\b/i.test(group.get('action')!));
  const [first] = failed;
  if (!first || failed.length < recipients.length) return undefined;
  const reply = (first.get('diagnostic-code') ?? '').replace(/^\s*smtp\s*;\s*/i, '');
  const [given] = /[245]\.\d{1,3}\.\d{1,3}/.exec(first.get('status') ?? '') ?? [];
  // Some servers say that it failed, and leave it to the answer that they got to say why.
  const status = given && !given.endsWith('.0.0') ? given : (enhancedCodeIn(reply) ?? given);
  const isHardBounce = isNoSuchMailbox(parseInt(reply, 10), reply, status?.endsWith('.0.0') ? undefined : status);
  return { kind: 'bounce', status: status ?? '5.0.0', isHardBounce: isHardBounce && !status?.startsWith('4') };
}

/** There are reports too that a mail was taken for spam by mistake (`not-spam`). */
function complaintOf(groups: readonly Fields[]): Report | undefined {
  const isAbuse = groups.some(group => group.get('feedback-type')?.trim().toLowerCase() === 'abuse');
  return isAbuse ? { kind: 'complaint' } : undefined;
}

/** Fields as in a header, in groups with an empty line between. */
function groupsOf(text: string): Fields[] {
  const unfolded = text.replace(/\r\n?/g, '\n').replace(/\n[ \t]+(?=\S)/g, ' ');
  return unfolded.split(/\n[ \t]*\n/).map(
    group =>
      new Map(
        group.split('\n').flatMap((line): [string, string][] => {
          const colon = line.indexOf(':');
          return colon > 0 ? [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]] : [];
        }),
      ),
  );
}
