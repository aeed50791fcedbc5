/** A user of Microsoft Entra ID as a principal names one. */
export type UserPrincipal = { by: "id" | "name"; value: string };

const OBJECT_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Letters of any of Entra's names: A to Z, digits and `' . - _ ! # ^ ~`, then a domain; 113 characters at most
 * (https://learn.microsoft.com/entra/identity/authentication/concept-sspr-policy#userprincipalname-policies-that-apply-to-all-user-accounts).
 */
const NAME = /^(?=.{3,113}$)[A-Za-z0-9'._!#^~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/;

/** Reads a principal: a user's object id or user principal name; undefined when it is neither. Makes no call. */
export function userPrincipal(principal: string): UserPrincipal | undefined {
  if (OBJECT_ID.test(principal)) return { by: "id", value: principal.toLowerCase() };
  return NAME.test(principal) ? { by: "name", value: principal } : undefined;
}
