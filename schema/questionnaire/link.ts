import { defineLink } from 'clinic-rapport';

/** Lets its bearer answer before the appointment, as its patient; it ends when the appointment begins. */
export const questionnaireLink = defineLink<{ appointmentId: string }>('questionnaire.answer', '/questionnaire');
