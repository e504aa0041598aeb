import type { SubjectData } from 'clinic-rapport';
import { benefitsOfSubject } from './benefits/subject-data.ts';
import { lecturesOfSubject } from './lectures/subject-data.ts';
import { pointsOfSubject } from './points/subject-data.ts';
import { membershipOfSubject } from './program/subject-data.ts';

/** What each part of the plugin has stored of a patient. */
const parts: readonly SubjectData[] = [pointsOfSubject, membershipOfSubject, benefitsOfSubject, lecturesOfSubject];

export const subjectData: SubjectData = {
  async export(patientId, context) {
    const sections: Record<string, unknown> = {};
    for (const part of parts) Object.assign(sections, await part.export(patientId, context));
    return sections;
  },
  async erase(patientId, context) {
    for (const part of parts) await part.erase(patientId, context);
  },
  async hold(patientId, on, context) {
    for (const part of parts) await part.hold(patientId, on, context);
  },
  async merge(fromId, toId, context) {
    for (const part of parts) await part.merge?.(fromId, toId, context);
  },
};
