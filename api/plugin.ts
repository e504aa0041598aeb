import type { EntityManager } from '@mikro-orm/postgresql';
import type { Migration } from '@mikro-orm/migrations';
import type { ReadLane } from './read/lane.ts';
import type { Sql } from './read/where.ts';

export type Class<T = object> = new (...args: any[]) => T;

/** The languages in which people-facing text exists. `en` is the last resort of every fallback. */
export const locales = ['zh-Hant', 'zh-Hans', 'en'] as const;
export type Locale = (typeof locales)[number];

/** The named sets of permissions that a user can be given in a clinic. */
export const roles = [
  'owner',
  'frontDesk',
  'practitioner',
  'marketer',
  'patient',
  'plugin',
  'operator',
  'emergency',
] as const;
export type Role = (typeof roles)[number];

/** What a plugin adds. Lists of values: nothing here runs when the plugin is imported. */
export interface Plugin {
  /** Begins the name of each table, event, job, mail, link and permission, and is the plugin's HTTP path. */
  name: string;
  version: string;
  /** Semver ranges of the platform and of the plugins it builds on; those are composed first. */
  requires?: Record<string, string>;
  /** Per clinic: initializers are the defaults, GraphQL decorators are the form. */
  settings?: Class<Settings>;
  entities?: Class[];
  migrations?: Class<Migration>[];
  /** Operations, and fields added to the types of others. */
  resolvers?: Class[];
  permissions?: Permission[];
  events?: Event<any>[];
  handlers?: Handler[];
  /** What it asks of plugins that it does not know. */
  questions?: Question<any, any>[];
  /** What it says where the core, or a plugin that it requires, asks. */
  answers?: Answer[];
  jobs?: Job<any>[];
  mails?: Mail<any>[];
  links?: Link<any>[];
  /** Attributes of patients that segments and recall rules may ask for. */
  facts?: Fact[];
  routes?: Route[];
  /** Where a recipient can be reached; the first plugin that answers decides. The core knows patients and users. */
  address?(to: Recipient, mail: Mail<any>, context: Context): Promise<Addressee | undefined>;
  /**
   * A reason not to send this mail to this recipient now, or all of them, the first of which is kept. Asked when it is sent,
   * not when it is planned.
   */
  withhold?(
    mail: Mail<any>,
    to: Recipient,
    context: Context,
    addressee: Addressee,
  ): Promise<string | readonly string[] | undefined>;
  /**
   * What is wrong with a mail as it is defined, as `names 'diabetes' in its subject: say it in the body`. Asked of every plugin's
   * mails when the platform starts, which refuses to then.
   */
  checkMail?(mail: Mail<any>): string | undefined;
  /** A reason not to send this mail, having read it as its recipient would. Asked last, of every mail; no plugin can go past it. */
  inspect?(message: InspectedMessage, to: Recipient, context: Context): Promise<string | undefined>;
  /**
   * Whether this is the moment for a mail that may be sent and that nobody waits for: one that is marketing, or says of itself
   * that it disturbs. Asked when it is sent; the core keeps one budget for all plugins.
   */
  pace?(pacing: Pacing, context: Context): Promise<Pause | undefined>;
  /** Where the recipient chooses which mails to get; the first plugin that answers decides. The core knows patients. */
  preferences?(sending: Sending, context: Context): Promise<Preferences | undefined>;
  /** Export, erasure and hold of what is stored of a patient; required where a table points at one. */
  subjectData?: SubjectData;
  /** Reference data of one clinic. Runs after the migrations, any number of times. */
  seed?(context: Context): Promise<void>;
}

export interface Settings {
  /** Throws BAD_USER_INPUT for values that the form lets through and that make no sense; nothing is stored then. */
  check?(): void;
}

/** The last argument everywhere: of resolvers, handlers, jobs, routes and seeds. Closed: no plugin adds to it. */
export interface Context {
  readonly clinicId: string;
  readonly actor: Actor;
  /** Of the running transaction in a mutation, handler, job or posted link; for writes. Reads go by `read`. */
  readonly em: EntityManager;
  readonly now: Date;
  /** Of all plugins that the clinic has enabled. */
  readonly facts: readonly Fact[];
  can(permission: Permission): boolean;
  settings<T extends object>(of: Class<T>): Promise<T>;
  /** One planned SQL statement for all that the selection asks for. */
  readonly read: ReadLane;
  /** A DataLoader per context, for computed fields. */
  load<K, V>(loader: Loader<K, V>, key: K): Promise<V>;
  /** Stored in the transaction of `em`; handlers and subscribers get it after the commit, at least once. */
  publish<T>(event: Event<T>, payload: T): void;
  /** Stored in the transaction of `em`. A job of the same name and key that still waits is replaced. */
  enqueue<T>(job: Job<T>, data: T, options?: EnqueueOptions): Promise<void>;
  /** Recorded as a delivery in the transaction of `em`; withheld, with the reason, where a plugin says so. */
  send<T>(mail: Mail<T>, to: Recipient, data: T, options?: SendOptions): Promise<void>;
  /**
   * What the plugins that the clinic has enabled answer, in the order they build on one another. One that fails or takes longer
   * than five seconds is left out; where it broke the running transaction, PLUGIN_UNAVAILABLE is thrown.
   */
  ask<Q, A>(question: Question<Q, A>, asked: Q): Promise<readonly A[]>;
  /** An absolute, signed URL that lets its bearer do what the link is for, for one patient or none, until it expires. */
  link<T>(link: Link<T>, data: T, options: LinkOptions): string;
  /** Scheme, host and port under which the world sees the platform; before the path of a `landing` page for its whole URL. */
  readonly origin: string;
  /** What the last part of such a URL opens in this clinic. Throws NOT_FOUND for one that is forged, or has expired. */
  open<T>(link: Link<T>, token: string): T;
  /** Counts one try at `key`, also where the transaction rolls back. Throws RATE_LIMITED where there were too many. */
  spend(limit: Limit, key: string): Promise<void>;
  readonly access: Access;
  readonly vault: Vault;
}

/** Where a protected value is stored. It opens only there. */
export interface Place {
  readonly table: string;
  readonly column: string;
  /** Id of the row. */
  readonly id: string;
}

/**
 * Keeps values that must not be read by who has the tables: AES-256-GCM with a key of the patient, which is wrapped by one
 * of the clinic, which is wrapped by one of the configuration.
 */
export interface Vault {
  /** The value for a column of type `bytea`, with the key of a patient, in the running transaction. */
  seal(value: string, patientId: string, place: Place): Promise<Buffer>;
  /** What was sealed for this place. Throws NOT_FOUND where the key was shredded, and where it is of a patient unseen. */
  open(sealed: Uint8Array, place: Place): Promise<string>;
  /**
   * Makes of each value a hash with a key of the clinic (HMAC-SHA-256, 43 characters), to find equal values by without
   * opening any. `use` says of what, as `reviews_card.number`: equal values of two uses have different hashes.
   */
  indexer(use: string): Promise<(value: string) => string>;
  /** Removes the keys of a patient, in the running transaction: nothing that was sealed with them can be read any more. */
  shred(patientId: string): Promise<void>;
}

/** So many tries at one target, as a code or an address, in so many seconds; counted over all processes. */
export interface Limit {
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

export type SignInMethod = 'TOKEN' | 'API_KEY' | 'LINK' | 'INVITATION';

export interface AccessToken {
  readonly token: string;
  readonly expiresAt: Date;
}

/** Lets people in, and writes down who came. */
export interface Access {
  /**
   * An access token of the local issuer for a user with a role in the clinic. Whoever asks for it has made sure who that is.
   * Throws NOT_FOUND for any other user, CONFLICT where the local issuer is switched off.
   */
  grant(userId: string, method: SignInMethod): Promise<AccessToken>;
  /** Writes down that a user came in by other means than a token, in the transaction. */
  note(userId: string, method: SignInMethod): Promise<void>;
  /** Writes down that someone was not let in, also where the transaction rolls back; `reason` is a word, as `USED`. */
  refuse(method: SignInMethod, reason: string): void;
  /**
   * The account, of whichever clinic, whose user has proved to own this address; undefined where there is none, or more than
   * one. Throws CONFLICT where one was disabled. Only for an actor who has just proved to own it too.
   */
  findAccount(email: string): Promise<string | undefined>;
}

export interface EnqueueOptions {
  at?: Date;
  key?: string;
}

export interface SendOptions {
  /** When it is due; at once if not given. */
  at?: Date;
  /** A second mail with the same key is not recorded: `recall.reminder:<appointment>:<version>:<offset>`. */
  key?: string;
}

export interface LinkOptions {
  /** The only patient whose data the link opens; it opens no patient's if not given. */
  patientId?: string;
  /** `'never'` for what a reader of an old mail has a right to still, as to get no more of them. */
  expiresAt: Date | 'never';
}

export interface Actor {
  readonly kind: 'user' | 'key' | 'job' | 'link' | 'system' | 'anonymous';
  /** Id of the user or of the API key; for others the name of what acts, as `recall.remind`. */
  readonly id: string;
  readonly roles: readonly Role[];
  readonly permissions: ReadonlySet<string>;
  /** The patients whose rows the database shows: `'*'` for staff, else the ids of the patient and wards. */
  readonly patientIds: '*' | readonly string[];
}

/** One right, as `recall.reminder.read`, and the roles that have it unless a clinic decides otherwise. */
export interface Permission {
  readonly name: string;
  readonly description: string;
  readonly roles: readonly Role[];
}

/** What happened to which thing. The payload is stored: ids and plain values only. */
export interface Event<T> {
  readonly name: string;
  about(payload: T): Subject;
}

/** The thing that an event is about; events of one thing are handled in their order. */
export interface Subject {
  readonly type: string;
  readonly id: string;
  readonly version?: number;
  readonly patientId?: string;
}

/** An event as a handler or a subscription gets it. */
export interface Occurrence<T> {
  readonly id: string;
  readonly name: string;
  readonly payload: T;
  readonly at: Date;
  /** Where a subscription can go on: `after: <cursor>`. */
  readonly cursor: string;
}

/** What a fact's values are: a whole number, a day, a word, several words, yes or no. */
export const factTypes = ['INTEGER', 'DATE', 'TEXT', 'TEXTS', 'BOOLEAN'] as const;
export type FactType = (typeof factTypes)[number];

/** An attribute of a patient that rules may ask for, as `visit.count`. */
export interface Fact {
  readonly name: string;
  /** What it says, with its unit. */
  readonly description: string;
  readonly type: FactType;
  /** All that can be, where that is a closed set. */
  readonly values?: readonly string[];
  /** Says something of the patient's health: who asks for single patients by it must have the right to see diagnoses. */
  readonly sensitive?: boolean;
  /**
   * An expression over the row of the patient, `sql.row`, of PostgreSQL's integer, date, text, text[] or boolean; null where
   * it is not known. It is part of larger statements over all patients: one look at an index for each is the most it may cost,
   * and facts of one table with a row for each patient share it by `beside`.
   */
  value(context: Context): Sql | Promise<Sql>;
}

/** Something that whoever is concerned is asked before it is decided, as `core.kept-slots`. */
export interface Question<Q, A> {
  readonly name: string;
  /** Never there: the types of what is asked and answered. */
  readonly types?: { asked: Q; answer: A };
}

export interface Answer {
  readonly question: Question<any, any>;
  /** Undefined for nothing to say. It changes nothing: who asks may do so to look only. */
  answer(asked: any, context: Context): Promise<unknown>;
}

export interface Handler {
  readonly name: string;
  readonly events: readonly Event<any>[];
  handle(payload: any, context: Context, occurrence: Occurrence<any>): Promise<void>;
}

export interface Job<T> {
  readonly name: string;
  /** Cron expression in the clinic's own time zone; runs for every clinic that enabled the plugin. */
  readonly every?: string;
  /** Milliseconds before a run is given up; 30,000 if not given. */
  readonly timeout?: number;
  /** Runs before it is a dead letter; 8 if not given. */
  readonly attempts?: number;
  run(data: T, context: Context): Promise<void>;
}

export type Recipient =
  | { readonly patientId: string }
  | { readonly relatedPersonId: string }
  | { readonly userId: string }
  | { readonly address: string; readonly name?: string; readonly locale?: Locale };

/** A recipient's address as it is known now. */
export interface Addressee {
  readonly address: string;
  readonly name?: string;
  readonly locale: Locale;
  /** An address that nobody proved to own gets nothing but its verification. */
  readonly verified: boolean;
  /** When that was proved, kept on the delivery. */
  readonly verifiedAt?: Date;
  /** What allows the mail, kept on the delivery: `consent:<id>`, `message-class:care`. Nothing is sent without. */
  readonly basis?: string;
  /** What the database showed to who decided, a `pg_current_snapshot()`; kept on the delivery, for who proves it later. */
  readonly snapshot?: string;
}

/** One mail that is about to be sent. */
export interface Sending {
  readonly mail: Mail<any>;
  readonly to: Recipient;
  readonly deliveryId: string;
}

/** A mail for which it is to be said whether this is the moment. */
export interface Pacing extends Omit<Sending, 'deliveryId'> {
  /** Not there where someone only asks what would become of it: nothing is set aside then. */
  readonly deliveryId?: string;
  /** Since when it has been put off. */
  readonly deferredSince?: Date;
}

/** Why a mail is not sent now, as `QUIET_HOURS`. It is put off until then, or dropped. */
export interface Pause {
  readonly reason: string;
  readonly until?: Date;
}

/** Where a recipient chooses which mails to get. */
export interface Preferences {
  /** Linked under the mail. */
  readonly url: string;
  /** The URL takes a POST of `List-Unsubscribe=One-Click` (RFC 8058), and the mail says so in its headers. */
  readonly oneClick: boolean;
  /** Who sends it, with a postal address: stands above the link. */
  readonly imprint?: string;
}

/** A mail that is ready to be sent, as far as it can be read. */
export interface InspectedMessage {
  readonly mail: Mail<any>;
  readonly subject: string;
  /** What mail programs show beside the subject: `mj-preview`, or without one the first words. */
  readonly preview: string;
  /** What subject and preview say to every reader alike: both without what was merged. */
  readonly fixed: string;
  /** The whole of it without its pictures and links. */
  readonly text: string;
  /** Everything that was merged, wherever in the page it went: one on each line. */
  readonly merged: string;
}

/** Merge fields of one mail: strings, numbers, and nested records of them. */
export type Fields = { readonly [name: string]: string | number | boolean | undefined | Fields | readonly Fields[] };

/** Returned instead of fields: the mail is not sent any more, and why, as `APPOINTMENT_CANCELLED`. */
export interface Withheld {
  readonly withheld: string;
}

export interface Mail<T> {
  readonly name: string;
  /** Why it is sent: a purpose of consent, as `reminder`. */
  readonly purpose: string;
  /** `transactional` is sent at least once, with a stable Message-ID; `marketing` at most once. */
  readonly stream: 'transactional' | 'marketing';
  /** Nobody waits for it, though it is not marketing: it counts as what disturbs. */
  readonly disturbs?: boolean;
  /** Of what disturbs, whole numbers: the higher goes first where a patient is to get no more than so many. 0 if not given. */
  readonly priority?: number;
  /** Of what disturbs: hours for which it may be put off, until it is dropped; 168, a week, if not given. */
  readonly patience?: number;
  /**
   * That the reader gets it tells something of the reader's health, as one about a check of a condition: subject and preview must
   * not say what. A preview is needed then, and filled up so that mail programs do not go on with the first words.
   */
  readonly confidential?: boolean;
  /** An MJML file. `[[ name ]]` takes a text of the reader's language, `{{ name }}` a merge field (liquid, escaped). */
  readonly template: URL;
  /** Per language; `subject` is required, and every language has the same names. */
  readonly texts: Readonly<Record<Locale, MailTexts>>;
  /** What is merged, read when the mail is sent; or the reason why it is not sent any more. */
  fields(data: T, context: Context, locale: Locale): Promise<Fields | Withheld>;
  /** What goes with it for the reader's calendar, as `fields` for the same data; undefined for none. */
  calendar?(data: T, context: Context, locale: Locale): Promise<Calendar | undefined>;
  /** Fields for previews and for the check that the mail compiles. */
  readonly sample: Fields;
}

/** An iCalendar object (RFC 5545), and what the reader's calendar is to do with it (RFC 5546). */
export interface Calendar {
  readonly method: 'PUBLISH' | 'CANCEL';
  readonly text: string;
}

export type MailTexts = Readonly<Record<string, string>> & { readonly subject: string };

/** What a signed URL is for; its route answers under `/plugins/<plugin><path>/<token>`. */
export interface Link<T> {
  readonly name: string;
  readonly path: string;
  readonly data?: T;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly permission: Permission | 'public' | Link<any>;
  /** Of a page for anyone: the word under which it is found in a clinic, `/<word>/<slug of the clinic>/…`. */
  readonly word?: string;
  /** Bytes that a body may have; 262,144 if not given, and 10,485,760 at most. */
  readonly longestBody?: number;
  /** A POST runs in one transaction. A GET changes nothing: mail scanners follow links. */
  handle(request: Request, context: Context, data: any): Promise<Response>;
}

export interface Loader<K, V> {
  (keys: readonly K[], context: Context): Promise<readonly V[]>;
}

export interface SubjectData {
  /** All that is stored of the patient, as plain JSON. */
  export(patientId: string, context: Context): Promise<Record<string, unknown>>;
  /** Remove or anonymise it. */
  erase(patientId: string, context: Context): Promise<void>;
  /** Keep it from erasure while a legal hold stands (`on`), or let it go again. */
  hold(patientId: string, on: boolean, context: Context): Promise<void>;
  /**
   * Two records were of one person. Every row that pointed at the one by a foreign key points at the other by now, but those that
   * the other has already: mend what follows from them, as balances. Called the other way round when the merge is undone.
   */
  merge?(fromId: string, toId: string, context: Context): Promise<void>;
}
