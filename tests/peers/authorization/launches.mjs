// What the EHR knows of a launch: the opaque launch parameter stands for it, and the token response tells it.
import { randomBytes } from 'node:crypto';

const byLaunch = new Map();
const byGrant = new Map();

/**
 * @param context what the token response shall carry beside the token: patient, encounter, need_patient_banner, intent,
 *   tenant, fhirContext, smart_style_url… as given, wrong values too; `user` (Practitioner/1) is who is signed in.
 * @returns {string} the opaque launch parameter
 */
export function mint({ user = 'Practitioner/1', ...context }) {
  const launch = randomBytes(16).toString('base64url');
  byLaunch.set(launch, { user, context });
  return launch;
}

export const find = (launch) => byLaunch.get(launch);
export const bind = (grantId, launch) => byGrant.set(grantId, launch);
export const ofGrant = (grantId) => byGrant.get(grantId);
