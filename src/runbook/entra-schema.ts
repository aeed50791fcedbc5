import { z } from "zod";

/** The runbook's optional section on Microsoft Entra ID: the application by which Firebreak reads there. */

const guid = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i)
  .meta({ description: "a GUID", examples: ["11111111-2222-3333-4444-555555555555"] });

export const entra = z.strictObject({
  tenant: z.union([
    guid,
    z
      .string()
      .regex(/^(?=.{4,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/i)
      .meta({ description: "a domain of the tenant", examples: ["example.onmicrosoft.com"] }),
  ]),
  /** The application (client) id. It trusts this repository's jobs by a federated credential, and has no secret. */
  client_id: guid,
  /**
   * The application by which approved jobs change something in the tenant: it trusts the jobs of the environments with
   * reviewers alone. Another than `client_id`, whose jobs nobody approves.
   */
  containment_client_id: guid.optional(),
  /** `request` asks people for an export; `graph` pulls it, where the application may `AuditLog.Read.All`. */
  sign_in_logs: z
    .enum(["request", "graph"])
    .meta({ description: "request or graph", examples: ["request"] })
    .default("request"),
  /**
   * `by-hand` leaves users' accounts to people; with `graph` an approved job blocks them, where the application of
   * `containment_client_id` may `User.EnableDisableAccount.All` and `User.RevokeSessions.All`.
   */
  users: z
    .enum(["by-hand", "graph"])
    .meta({ description: "by-hand or graph", examples: ["by-hand"] })
    .default("by-hand"),
});
