import { defineLink } from 'clinic-rapport';

/** Opens a patient’s own view of the record, after a step-up; `at` tells one link from another, in milliseconds since 1970. */
export const recordLink = defineLink<{ at: number }>('record.open', '/record');
