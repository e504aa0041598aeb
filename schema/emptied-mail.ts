/**
 * What is set of a delivery that forgets its reader: to whom it went, and what was in it, also as it was kept to be read again.
 * That it went, and on what it rested, stays. Whatever a mail keeps of a person more belongs here: everything that forgets sets this.
 */
export const emptied = `address = null, recipient_name = null, data = '{}', template = null, fields = null`;
