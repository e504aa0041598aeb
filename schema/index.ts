/** The door `clinic-rapport/schema`: the types, events, permissions and rules of the core that plugins build on. */
export { core } from './core.ts';

export { Clinic, clinicOf, clinicRead } from './clinic.ts';
export { clinicZoneChanged, clinicZoneWrite, type ClinicZoneChange } from './clinic-zone.ts';
export { dayOf, leadDays } from './clinic-day.ts';
export { Language, LocalizedText, textIn, type Localized } from './localized-text.ts';
export { LocalizedTextInput } from './localized-text-input.ts';
export { Location, Room } from './location.ts';
export { Department } from './department.ts';
export { Practitioner, PractitionerList } from './practitioner.ts';
export { Service, ServiceList } from './service.ts';
export { Schedule } from './schedule.ts';
export { keptTimes, type KeptTime, type KeptTimeAsked } from './kept-time.ts';
export { waitlistPriority } from './waitlist/priority.ts';
export { additionTo, mailAddition, type MailAddition, type MailAdditionAsked } from './mail-addition.ts';
export { freeSlots, type FreeSlot, type FreeSlotsInput } from './slot.ts';

export { ageBandOf, ageBands, ageOn } from './age.ts';
export {
  Patient,
  patientErased,
  patientMerged,
  patientUnmerged,
  type MergeChange,
  PatientList,
  patientRead,
  patientRegistered,
  patientUpdated,
  Sex,
  type PatientChange,
} from './patient.ts';
export { PatientCategory } from './patient-category.ts';
export { factRead } from './fact.ts';
export {
  FactConditionInput,
  operatorsOf,
  PredicateInput,
  readPredicate,
  whoMatches,
  type Predicate,
  type PredicateCondition,
} from './predicate.ts';
export { patientWrite, registerPatient, updatePatient, type RegisterPatient } from './registration.ts';
export { indexPatient, searchTerms } from './patient-search.ts';
export { ContactPoint, contactRead, ContactSystem, normalAddress, phoneCountryOf } from './contact-point.ts';
export { addContactPoint, contactWrite } from './contact-change.ts';
export { IdentifierAct, IdentifierUse, identifierUseRead } from './identifier-use.ts';
export { normalIdentifier, PatientIdentifier, identifierRead, PatientIdentifierKind } from './identifier.ts';
export { checkedIdentifier, type IdentifierValue } from './identifier-value.ts';
export { recordIdentifiers } from './identifier-record.ts';
export {
  identifierFind,
  identifierReveal,
  identifierWrite,
  setPatientIdentifier,
  type SetPatientIdentifierInput,
} from './identifier-operations.ts';
export { Condition, conditionRead, recordCondition, Stability } from './condition.ts';
export { Allergy } from './allergy.ts';

export { AppointmentChangeKind, AppointmentStatus, transitions } from './appointment-transitions.ts';
export { Appointment, AppointmentList, appointmentRead } from './appointment.ts';
export {
  appointmentArrived,
  appointmentBooked,
  appointmentCancelled,
  appointmentConfirmed,
  appointmentEvents,
  appointmentFulfilled,
  appointmentMissed,
  appointmentRescheduled,
  type AppointmentChange,
} from './appointment-change.ts';
export {
  bookAppointment,
  cancelAppointment,
  checkInAppointment,
  confirmAppointment,
  recordNoShow,
  rescheduleAppointment,
  type BookAppointment,
  type CancelAppointment,
  type RescheduleAppointment,
} from './booking.ts';
export {
  appointmentBook,
  appointmentCancel,
  appointmentCheckIn,
  appointmentConfirm,
  appointmentNoShow,
  appointmentReschedule,
} from './appointment-operations.ts';
export { appointmentStatistics } from './statistics.ts';

export { questionnaireUrl } from './questionnaire/asking.ts';
export { EnableWhenInput, ItemInput, OptionInput, QuestionnaireItemType } from './questionnaire/item.ts';
export {
  askBefore,
  publishQuestionnaire,
  PublishQuestionnaireInput,
  questionnaireWrite,
} from './questionnaire/publication.ts';
export { Questionnaire, questionnaireRead } from './questionnaire/questionnaire.ts';
export {
  responseAmended,
  responseCompleted,
  responseEvents,
  responseStarted,
  type ResponseChange,
} from './questionnaire/response-change.ts';
export { QuestionnaireResponse, responseRead, ResponseStatus } from './questionnaire/response.ts';
export { behindStepUp, stepUp, type BehindStepUp, type Passed } from './step-up.ts';

export { Visit, VisitList, visitRead, VisitStatus } from './visit.ts';
export { Procedure } from './procedure.ts';
export {
  visitCancelled,
  visitCompleted,
  visitEvents,
  visitRefunded,
  visitStarted,
  type VisitChange,
} from './visit-change.ts';
export { completeVisit, refundVisit, startVisit, visitRefund, visitWrite } from './visit-course.ts';

export {
  Channel,
  Consent,
  ConsentDecision,
  consentGiven,
  ConsentList,
  consentRead,
  ConsentSource,
  consentWithdrawn,
  presentConsent,
  Purpose,
  type ConsentChange,
} from './consent.ts';
export { noticeInForce, noticeRead, NoticeVersion } from './notice.ts';
export { noticeAsHtml, noticeOfPages } from './notice-page.ts';
export { formOf, pageStyle } from './page-parts.ts';
export { languagesOf, readerOf } from './public-page.ts';
export { NoticeTextInput, noticeWrite, publishNotice, PublishNoticeInput } from './notice-publication.ts';
export { isMinor } from './guardian.ts';
export { Guardianship, RelatedPerson, relatedPersonRead, Relationship } from './related-person.ts';
export { relatedPersonWrite } from './related-person-change.ts';
export { Interest, interestRead, InterestSource, PatientInterest } from './interest.ts';
export { interestWrite, recordInterest, type InterestOfPatient } from './interest-change.ts';
export { consentWrite, giveConsent, withdrawConsent } from './consent-change.ts';

export { Role, User, userRead, UserRole } from './user.ts';
export { Delivery, DeliveryList, deliveryRead, DeliveryState, DeliveryStream } from './delivery.ts';
export { Suppression, SuppressionList, suppressionRead, SuppressionReason } from './suppression.ts';
export { suppressionWrite } from './suppression-change.ts';
export { erasePatient, patientErase, patientExport, patientHold } from './subject-rights.ts';
export { PatientMerge, patientMerge } from './patient-merge.ts';
export { mergePatients, unmergePatients } from './merging.ts';
export { findPatient } from './find-patient.ts';
export { SubjectRequest, SubjectRequestKind } from './subject-request.ts';
export { importCompleted, type ImportCompleted } from './import-completed.ts';

export { approvedOrThrow } from './compliance/approval.ts';
export {
  checkContent,
  checkReward,
  type Checked,
  type Content,
  type Finding,
  type RewardOffer,
} from './compliance/check.ts';
export { complianceApprove, complianceCheck } from './compliance/compliance.ts';
export { identifiersIn, type FoundIdentifier, type IdentifierKind } from './compliance/identifiers.ts';
export type { CompliancePack, PackId, Rule, Severity, Verdict } from './compliance/pack.ts';
export { bookingUrl, type BookingUrlOptions } from './online/link.ts';
export { calendarUrl } from './online/calendar-link.ts';
export { furtherPurposes, type FurtherPurpose } from './online/person.ts';
export { calendarOf, type CalendarEntry } from './calendar.ts';
export { packsFor } from './compliance/packs-for.ts';
export { strictest } from './compliance/strictest.ts';
export { RewardKind } from './compliance/words.ts';
