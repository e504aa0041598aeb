/** The door `clinic-rapport`: what a plugin may use of the platform, and nothing else. */
import 'reflect-metadata';

export {
  answer,
  defineEvent,
  defineFact,
  defineJob,
  defineLimit,
  defineLink,
  defineLoader,
  defineMail,
  definePermission,
  definePlugin,
  defineQuestion,
  follows,
  get,
  landing,
  on,
  post,
  withheld,
} from './define.ts';
export {
  factTypes,
  locales,
  roles,
  type Access,
  type AccessToken,
  type Actor,
  type Addressee,
  type Answer,
  type Calendar,
  type Class,
  type Context,
  type EnqueueOptions,
  type Event,
  type Fact,
  type FactType,
  type Fields,
  type Handler,
  type InspectedMessage,
  type Job,
  type Limit,
  type Link,
  type LinkOptions,
  type Loader,
  type Locale,
  type Mail,
  type MailTexts,
  type Occurrence,
  type Pacing,
  type Pause,
  type Permission,
  type Preferences,
  type Place,
  type Plugin,
  type Question,
  type Recipient,
  type Role,
  type Route,
  type Sending,
  type SendOptions,
  type Settings,
  type SignInMethod,
  type Subject,
  type SubjectData,
  type Vault,
  type Withheld,
} from './plugin.ts';
export { badInput, conflict, errorCodes, notFound, RapportError, type ErrorCode, type ErrorDetails } from './errors.ts';
export { noteSeen, type Seen } from './audit/seen.ts';
export { newSecret, type NewSecret } from './auth/api-key.ts';
export { invitedSubject } from './auth/binding.ts';
export { seeingAllPatients } from './database/all-patients.ts';
export {
  maskedAddress,
  suppress,
  suppressionReasons,
  suppressionsOf,
  unmask,
  unsuppress,
  type SuppressionReason,
  type Suppressing,
} from './mail/suppression.ts';
export { moveMails } from './mail/moving.ts';
export { reconsiderMails } from './mail/reconsider.ts';
export { sentMessage, type SentMessage } from './mail/archive.ts';
export { stopsOf, type Stop } from './mail/stops.ts';
export { clinicTable, protect, type ClinicTable } from './database/tenancy.ts';
export {
  anyOf,
  anyOfIds,
  equals,
  listOf,
  matches,
  Needs,
  Related,
  RelatedAll,
  RelatedOne,
  range,
  type ListOptions,
} from './graphql/connection.ts';
export { follow } from './graphql/follow.ts';
export { Idempotent, type IdempotentOptions } from './idempotency/idempotent.ts';
export { localeOf } from './http/locale.ts';
export { html, type Html, type HtmlPart } from './http/html.ts';
export { page, type PageOptions } from './http/page.ts';
export { settingsPermissions } from './settings/resolvers.ts';
export { intervene, type Intervening } from './oversight/intervention.ts';
export { oversight, type Oversight } from './oversight/oversight.ts';
export { workMend } from './oversight/permissions.ts';
export { deadLettered, type DeadLetter } from './work/dead-letter.ts';
export {
  countRows,
  mergeSubject,
  patientColumns,
  unmergeSubject,
  type MergeOptions,
  type Merging,
  type Moved,
  type PatientColumn,
} from './subject/merge.ts';
export { eraseSubject, exportSubject, holdSubject } from './subject/subject.ts';
export { upkeepJobs } from './upkeep/upkeep.ts';
export { Public } from './graphql/public.ts';
export { DateTime, LocalDate, LocalTime } from './graphql/scalars.ts';
export { beside, type Beside } from './read/beside.ts';
export { select } from './read/select.ts';
export { either, sql, type Sql } from './read/where.ts';
export type { List, OrderBy, Page, PageArguments, ReadLane, Row, Where } from './read/lane.ts';
