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
  /** `request` asks people for an export; `graph` pulls it, where the application may `AuditLog.Read.All`. */
  sign_in_logs: z
    .enum(["request", "graph"])
    .meta({ description: "request or graph", examples: ["request"] })
    .default("request"),
});
