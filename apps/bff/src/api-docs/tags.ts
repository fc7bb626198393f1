import { type RouteName } from '../http/routes.js';

type Resource<Name extends string> = Name extends `admin.${infer Rest}`
  ? `admin.${Resource<Rest>}`
  : Name extends `${infer First}.${string}`
    ? First
    : Name;

/** The resources of the routes, in the order of the document. */
export const TAGS: Readonly<Record<Resource<RouteName>, string>> = {
  session: 'The session of the caller: sign-in, elevation, password, sign-out.',
  sessions: 'All sessions of the caller, on every browser and frontend.',
  tenants: 'The tenants that the caller may act for.',
  account: 'The WhatsApp account of a tenant at Sinch.',
  activities: 'The history of the WhatsApp account.',
  comments: 'Comments on the WhatsApp account.',
  'admin.tenants': 'Administration: the tenants of the directory.',
  'admin.credentials': 'Administration: the Sinch credentials of a tenant.',
  'admin.members': 'Administration: the members of a tenant and their roles.',
  'admin.users': 'Administration: the users of the directory.',
  'admin.sessions': 'Administration: the sessions of all users.',
  'admin.audit': 'Administration: the audit log.',
  documentation: 'This document.',
  home: 'The start page of a development server.',
};

export function tagOf(name: RouteName): string {
  return name === 'home' ? name : name.slice(0, name.lastIndexOf('.'));
}
