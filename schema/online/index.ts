/** What the core lists of the public pages. */
import type { Link } from 'clinic-rapport';
import { calendarLink, calendarRoutes } from './calendar-link.ts';
import { confirmBookingLink, confirmBookingMail, confirmBookingRoutes } from './confirm.ts';
import { bookingLink, bookingLinkRoutes } from './link.ts';
import { onlineRoutes } from './page.ts';
import { furtherPurposes } from './person.ts';
import { BookingRequest, forgetBookingRequests } from './request.ts';

export const questions = [furtherPurposes];
export const entities = [BookingRequest];
export const jobs = [forgetBookingRequests];
export const mails = [confirmBookingMail];
export const links: Link<any>[] = [confirmBookingLink, bookingLink, calendarLink];
export const routes = [...onlineRoutes, ...confirmBookingRoutes, ...bookingLinkRoutes, ...calendarRoutes];
