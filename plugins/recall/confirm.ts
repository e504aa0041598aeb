import { defineLink, follows, html, type Route } from 'clinic-rapport';
import { confirmAppointment } from 'clinic-rapport/schema';
import { obstaclePage, page } from './pages/page.ts';
import { standingOf, type Agreed } from './standing.ts';

/** Lets its bearer say that the patient will come. */
export const confirmLink = defineLink<Agreed>('recall.confirm', '/confirm');

/** GET asks and POST confirms: a scanner that opens every link of a mail must not speak for the patient. */
export const confirmRoutes: Route[] = follows(confirmLink, {
  async get(agreement, _request, context) {
    const { appointment, obstacle } = await standingOf(agreement, context);
    if (obstacle) return obstaclePage(appointment, obstacle, context);
    if (appointment.status === 'CONFIRMED') {
      return page(appointment, context, { title: 'confirmTitle', message: 'alreadyConfirmed' });
    }
    return page(appointment, context, {
      title: 'confirmTitle',
      actions: text =>
        html`<p>${text.confirmQuestion}</p>
          <form method="post"><button>${text.confirmButton}</button></form>`,
    });
  },

  async post(agreement, _request, context) {
    const { appointment, obstacle } = await standingOf(agreement, context);
    if (obstacle) return obstaclePage(appointment, obstacle, context);
    const confirmed = await confirmAppointment(appointment.id, null, context);
    return page(confirmed, context, { title: 'confirmTitle', message: 'confirmed' });
  },
});
