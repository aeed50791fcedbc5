import { z } from "zod";
import { minutes, text } from "./schema-parts.ts";

/** The runbook's section on rotating a compromised client secret. */

/** How long access tokens live that were issued before: 60 to 90 minutes by default
 * (https://learn.microsoft.com/entra/identity-platform/access-tokens#token-lifetime). */
const token_lifetime_minutes = minutes.default(90);

export const rotation = z.discriminatedUnion("strategy", [
  /** A person disables the old secret, a command makes the new one and writes it to SSM. */
  z.strictObject({
    strategy: z.literal("terragrunt"),
    command: z.array(text).min(1).meta({ description: "the command and its arguments, run without a shell" }),
    timeout_minutes: minutes,
    token_lifetime_minutes,
  }),
  /** Firebreak removes the old secret in Microsoft Entra ID, makes the new one there and writes it to SSM. */
  z.strictObject({
    strategy: z.literal("entra"),
    /** How long the new secret is valid. */
    lifetime_days: z
      .number()
      .int()
      .min(1)
      .max(730)
      .meta({ description: "whole days, at most two years", examples: [180] }),
    token_lifetime_minutes,
  }),
]);
