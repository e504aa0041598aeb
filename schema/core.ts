import { definePlugin, oversight, settingsPermissions, upkeepJobs } from 'clinic-rapport';
import { Platform } from '../migrations/0001-platform.ts';
import { Agenda } from '../migrations/0002-agenda.ts';
import { Core } from '../migrations/0003-core.ts';
import { Limits } from '../migrations/0004-limits.ts';
import { Auth } from '../migrations/0005-auth.ts';
import { Idempotency } from '../migrations/0006-idempotency.ts';
import { Mail } from '../migrations/0007-mail.ts';
import { Standing } from '../migrations/0008-standing.ts';
import { Compliance } from '../migrations/0010-compliance.ts';
import { Audit } from '../migrations/0011-audit.ts';
import { Notices } from '../migrations/0012-notices.ts';
import { Suppression as Suppressions } from '../migrations/0013-suppression.ts';
import { PatientStatistics as StatisticsOfPatients } from '../migrations/0014-patient-statistics.ts';
import { Identifiers } from '../migrations/0015-identifiers.ts';
import { ConditionsOfPatients } from '../migrations/0016-conditions-of-patients.ts';
import { SubjectRights } from '../migrations/0017-subject-rights.ts';
import { Family } from '../migrations/0018-family.ts';
import { Merges } from '../migrations/0019-merges.ts';
import { OnlineBooking } from '../migrations/0023-online-booking.ts';
import { Waitlist } from '../migrations/0024-waitlist.ts';
import { BreakGlass as BreakGlassTables } from '../migrations/0027-break-glass.ts';
import { Reports } from '../migrations/0021-reports.ts';
import { Disturbance } from '../migrations/0025-disturbance.ts';
import { VisitsAddedUp } from '../migrations/0028-visits-added-up.ts';
import { ConsentActor } from '../migrations/0029-consent-actor.ts';
import { Questionnaires } from '../migrations/0020-questionnaires.ts';
import { ContactRefresh } from '../migrations/0030-contact-refresh.ts';
import { MailArchive } from '../migrations/0033-mail-archive.ts';
import { Refunds } from '../migrations/0037-refunds.ts';
import { OriginOfPatients } from '../migrations/0039-origin-of-patients.ts';
import { WhatMailsRestOn } from '../migrations/0041-what-mails-rest-on.ts';
import { ToldNotices } from '../migrations/0042-told-notices.ts';
import { TimetableTold } from '../migrations/0031-timetable-told.ts';
import { DisturbancesApart } from '../migrations/0035-disturbances-apart.ts';
import { AuditQueue } from '../migrations/0036-audit-queue.ts';
import { WorkQueues } from '../migrations/0038-work-queues.ts';
import { PatientAllergies, Allergy } from './allergy.ts';
import { ApiKeyOperations, apiKeyWrite } from './api-key-operations.ts';
import { ApiKey, apiKeyRead, ApiKeyResolver } from './api-key.ts';
import { appointmentEvents, AppointmentChangeResolver } from './appointment-change.ts';
import * as operations from './appointment-operations.ts';
import { Appointment, appointmentRead, AppointmentResolver, PatientAppointments } from './appointment.ts';
import { accessLogRead, AuditEntry, auditRead, AuditResolver, PatientAccessLog } from './audit.ts';
import { breakGlassMail, BreakGlassOperations, breakGlassUse, endBreakGlassJob } from './break-glass-operations.ts';
import { BreakGlass, breakGlassRead, BreakGlassResolver } from './break-glass.ts';
import { Clinic, clinicRead, ClinicResolver } from './clinic.ts';
import { clinicZoneChanged, ClinicZoneResolver, clinicZoneWrite, recountVisits } from './clinic-zone.ts';
import { ComplianceApproval } from './compliance/approval.ts';
import { complianceApprove, complianceCheck, ComplianceResolver } from './compliance/compliance.ts';
import { Condition, conditionRead, conditionWrite, PatientConditions } from './condition.ts';
import { ConsentResolver, consentWrite } from './consent-change.ts';
import { PatientConsentState } from './consent-state.ts';
import { Consent, consentGiven, consentRead, consentWithdrawn, PatientConsents } from './consent.ts';
import { ContactPointResolver, contactWrite } from './contact-change.ts';
import { ContactPoint, contactRead, PatientContactPoints } from './contact-point.ts';
import { refreshContactsRoutes } from './contact-refresh-page.ts';
import {
  askToRefreshContacts,
  ContactRefreshResolver,
  refreshContactsLink,
  refreshContactsMail,
} from './contact-refresh.ts';
import { verificationMail, verificationRoutes, verifyContactPointLink } from './contact-verification.ts';
import { coreFacts } from './core-facts.ts';
import { CoreSettings, daysOfEvents } from './core-settings.ts';
import { DeliveryMessage, sentMessageRead } from './sent-message.ts';
import { Delivery, deliveryRead, DeliveryResolver, PatientDeliveries } from './delivery.ts';
import { DeliveryRetryResolver } from './delivery-retry.ts';
import { Department, DepartmentResolver } from './department.ts';
import { factRead, FactResolver } from './fact.ts';
import { IdentifierOperations, identifierFind, identifierReveal, identifierWrite } from './identifier-operations.ts';
import { IdentifierUse, identifierUseRead, PatientIdentifierUses } from './identifier-use.ts';
import { identifierRead, PatientIdentifier, PatientIdentifiers } from './identifier.ts';
import { importCompleted } from './import-completed.ts';
import { InterestOperations, interestManage, interestWrite } from './interest-change.ts';
import { Interest, interestRead, InterestResolver, PatientInterest, PatientInterests } from './interest.ts';
import { reviewGuardians } from './guardian.ts';
import { IncidentReportResolver } from './incident-report.ts';
import { invitationRoutes } from './invitation-acceptance.ts';
import { acceptInvitationLink, invitationMail } from './invitation-mail.ts';
import { InvitationOperations } from './invitation-operations.ts';
import { InvitationResolver, UserInvitation } from './invitation.ts';
import { LocalizedTextResolver } from './localized-text.ts';
import { keptTimes } from './kept-time.ts';
import { mailAddition } from './mail-addition.ts';
import { Location, LocationResolver, Room } from './location.ts';
import { NoticePublicationResolver, noticeWrite } from './notice-publication.ts';
import { noticeRead, NoticeResolver, NoticeVersion } from './notice.ts';
import { ClinicOrigin, originWrite, OriginResolver } from './origin.ts';
import { PatientCategoryResolver } from './patient-category.ts';
import { PatientStatistics, PatientStatisticsResolver } from './patient-statistics.ts';
import { checkMail } from './mail-headline.ts';
import { inspect } from './mail-scan.ts';
import { patientExportRoutes } from './patient-export.ts';
import { MergingResolver } from './merging.ts';
import { PatientMerge, patientMerge, PatientMergeResolver, PatientMerges } from './patient-merge.ts';
import {
  Patient,
  patientErased,
  patientMerged,
  duplicateRead,
  patientRead,
  patientRegistered,
  PatientResolver,
  patientUnmerged,
  patientUpdated,
  subjectRequestRead,
} from './patient.ts';
import { pace } from './pace.ts';
import { Practitioner, PractitionerResolver } from './practitioner.ts';
import { Procedure, VisitProcedures } from './procedure.ts';
import { preferencesLink } from './preferences-link.ts';
import { preferencesRoutes } from './preferences-page.ts';
import { address, preferences, withhold } from './reach.ts';
import * as online from './online/index.ts';
import * as questionnaires from './questionnaire/index.ts';
import * as waitlist from './waitlist/index.ts';
import { patientWrite, RegistrationResolver } from './registration.ts';
import * as reports from './report/index.ts';
import { retentionJobs, RetentionResolver } from './retention.ts';
import { RelatedPersonOperations, relatedPersonWrite } from './related-person-change.ts';
import { relatedPersonMail, relatedPersonRoutes, verifyRelatedPersonLink } from './related-person-verification.ts';
import { PatientRelatedPersons, RelatedPerson, relatedPersonRead, RelatedPersonResolver } from './related-person.ts';
import { PractitionerSchedules, Schedule } from './schedule.ts';
import { Service, ServiceResolver } from './service.ts';
import { mailSignInLink, SignInLink, signInLink, signInMail, SignInRequest } from './sign-in-link.ts';
import { SignInOperations } from './sign-in-operations.ts';
import { signInRoutes } from './sign-in-page.ts';
import { SignIn, signInRead, SignInResolver } from './sign-in.ts';
import { SlotResolver } from './slot-query.ts';
import { statisticsRead, StatisticsResolver } from './statistics.ts';
import { passedLink, passedRoutes } from './step-up.ts';
import { subjectData } from './subject-data.ts';
import { SubjectRequest, SubjectRequestResolver } from './subject-request.ts';
import { patientErase, patientExport, patientHold, SubjectRightsResolver } from './subject-rights.ts';
import { SuppressionOperations, suppressionWrite } from './suppression-change.ts';
import { Suppression, suppressionRead, SuppressionResolver } from './suppression.ts';
import { Unsubscribe, UnsubscribeResolver } from './unsubscribe.ts';
import { UserOperations, userWrite } from './user-change.ts';
import { User, userRead, UserResolver, UserRole } from './user.ts';
import { VisitChangeResolver, visitEvents } from './visit-change.ts';
import { VisitCourseResolver, visitRefund, visitWrite } from './visit-course.ts';
import { PatientVisits, Visit, visitRead, VisitResolver } from './visit.ts';
import { WhySentResolver } from './why-sent.ts';

/** Plugin zero: the words that every plugin may speak. Composed by the same call as any other. */
export const core = definePlugin({
  name: 'core',
  version: '1.0.0',
  migrations: [
    Platform,
    Agenda,
    Core,
    Limits,
    Auth,
    Idempotency,
    Mail,
    Standing,
    Compliance,
    Audit,
    Notices,
    Suppressions,
    StatisticsOfPatients,
    Identifiers,
    ConditionsOfPatients,
    SubjectRights,
    Family,
    Merges,
    OnlineBooking,
    Waitlist,
    Disturbance,
    BreakGlassTables,
    VisitsAddedUp,
    ConsentActor,
    Questionnaires,
    ContactRefresh,
    MailArchive,
    Refunds,
    OriginOfPatients,
    WhatMailsRestOn,
    ToldNotices,
    Reports,
    TimetableTold,
    DisturbancesApart,
    AuditQueue,
    WorkQueues,
  ],
  entities: [
    Clinic,
    ClinicOrigin,
    Location,
    Room,
    Department,
    Practitioner,
    Service,
    Schedule,
    Patient,
    ContactPoint,
    PatientIdentifier,
    IdentifierUse,
    Condition,
    Allergy,
    RelatedPerson,
    Interest,
    PatientInterest,
    Appointment,
    Visit,
    Procedure,
    PatientStatistics,
    NoticeVersion,
    Consent,
    ComplianceApproval,
    User,
    UserRole,
    ApiKey,
    UserInvitation,
    SignIn,
    SignInRequest,
    SignInLink,
    AuditEntry,
    BreakGlass,
    Delivery,
    Suppression,
    SubjectRequest,
    PatientMerge,
    Unsubscribe,
    ...questionnaires.entities,
    ...waitlist.entities,
    ...online.entities,
    ...reports.entities,
    ...oversight.entities,
  ],
  resolvers: [
    ClinicResolver,
    OriginResolver,
    ClinicZoneResolver,
    LocalizedTextResolver,
    LocationResolver,
    DepartmentResolver,
    PractitionerResolver,
    PractitionerSchedules,
    ServiceResolver,
    SlotResolver,
    PatientResolver,
    PatientStatisticsResolver,
    PatientCategoryResolver,
    FactResolver,
    RegistrationResolver,
    PatientContactPoints,
    ContactPointResolver,
    PatientIdentifiers,
    PatientIdentifierUses,
    IdentifierOperations,
    ContactRefreshResolver,
    PatientConditions,
    PatientAllergies,
    PatientRelatedPersons,
    RelatedPersonResolver,
    RelatedPersonOperations,
    InterestResolver,
    PatientInterests,
    InterestOperations,
    AppointmentResolver,
    PatientAppointments,
    operations.AppointmentOperations,
    AppointmentChangeResolver,
    StatisticsResolver,
    VisitResolver,
    VisitProcedures,
    PatientVisits,
    VisitCourseResolver,
    VisitChangeResolver,
    PatientConsents,
    PatientConsentState,
    ConsentResolver,
    ComplianceResolver,
    NoticeResolver,
    NoticePublicationResolver,
    UserResolver,
    UserOperations,
    ApiKeyResolver,
    ApiKeyOperations,
    InvitationResolver,
    InvitationOperations,
    SignInResolver,
    SignInOperations,
    AuditResolver,
    BreakGlassResolver,
    BreakGlassOperations,
    PatientAccessLog,
    IncidentReportResolver,
    DeliveryResolver,
    PatientDeliveries,
    DeliveryMessage,
    DeliveryRetryResolver,
    WhySentResolver,
    SuppressionResolver,
    SuppressionOperations,
    SubjectRequestResolver,
    SubjectRightsResolver,
    RetentionResolver,
    PatientMergeResolver,
    PatientMerges,
    MergingResolver,
    UnsubscribeResolver,
    ...questionnaires.resolvers,
    ...waitlist.resolvers,
    ...reports.resolvers,
    ...oversight.resolvers,
  ],
  permissions: [
    ...settingsPermissions,
    clinicRead,
    originWrite,
    clinicZoneWrite,
    duplicateRead,
    patientRead,
    patientWrite,
    factRead,
    contactRead,
    contactWrite,
    identifierRead,
    identifierWrite,
    identifierFind,
    identifierReveal,
    identifierUseRead,
    conditionRead,
    conditionWrite,
    relatedPersonRead,
    relatedPersonWrite,
    interestRead,
    interestManage,
    interestWrite,
    appointmentRead,
    operations.appointmentBook,
    operations.appointmentConfirm,
    operations.appointmentReschedule,
    operations.appointmentCancel,
    operations.appointmentCheckIn,
    operations.appointmentNoShow,
    statisticsRead,
    visitRead,
    visitWrite,
    visitRefund,
    consentRead,
    consentWrite,
    complianceCheck,
    complianceApprove,
    noticeRead,
    noticeWrite,
    userRead,
    userWrite,
    apiKeyRead,
    apiKeyWrite,
    signInRead,
    auditRead,
    breakGlassRead,
    breakGlassUse,
    accessLogRead,
    deliveryRead,
    sentMessageRead,
    suppressionRead,
    suppressionWrite,
    subjectRequestRead,
    patientExport,
    patientErase,
    patientHold,
    patientMerge,
    ...questionnaires.permissions,
    ...waitlist.permissions,
    ...reports.permissions,
    ...oversight.permissions,
  ],
  events: [
    patientRegistered,
    patientUpdated,
    patientErased,
    patientMerged,
    patientUnmerged,
    ...appointmentEvents,
    ...visitEvents,
    consentGiven,
    consentWithdrawn,
    importCompleted,
    clinicZoneChanged,
    ...questionnaires.events,
    ...waitlist.events,
    ...oversight.events,
  ],
  questions: [keptTimes, mailAddition, ...online.questions, ...waitlist.questions],
  handlers: waitlist.handlers,
  facts: coreFacts,
  settings: CoreSettings,
  jobs: [
    mailSignInLink,
    reviewGuardians,
    askToRefreshContacts,
    ...retentionJobs,
    ...upkeepJobs(daysOfEvents),
    ...online.jobs,
    ...waitlist.jobs,
    endBreakGlassJob,
    recountVisits,
  ],
  mails: [
    verificationMail,
    relatedPersonMail,
    refreshContactsMail,
    invitationMail,
    signInMail,
    ...online.mails,
    ...waitlist.mails,
    ...reports.mails,
    breakGlassMail,
  ],
  links: [
    verifyContactPointLink,
    verifyRelatedPersonLink,
    refreshContactsLink,
    acceptInvitationLink,
    signInLink,
    preferencesLink,
    ...questionnaires.links,
    ...waitlist.links,
    ...online.links,
    ...reports.links,
    passedLink,
  ],
  routes: [
    ...verificationRoutes,
    ...refreshContactsRoutes,
    ...relatedPersonRoutes,
    ...invitationRoutes,
    ...signInRoutes,
    ...preferencesRoutes,
    ...patientExportRoutes,
    ...questionnaires.routes,
    ...waitlist.routes,
    ...online.routes,
    ...reports.routes,
    ...passedRoutes,
  ],
  address,
  withhold,
  pace,
  inspect,
  checkMail,
  preferences,
  subjectData,
});
