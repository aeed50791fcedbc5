import { z } from "zod";

/** What the sections of the runbook's schema are made of. */

export const text = z
  .string()
  .trim()
  .min(1)
  .meta({ examples: ["Isolate the service"] });
export const id = z
  .string()
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/)
  .max(60)
  .meta({ description: "lower-case words joined by hyphens", examples: ["service-outage"] });

/** A name template: literal text with placeholders in braces from `allowed`. */
export function template(allowed: readonly string[], example: string) {
  const names = allowed.map((name) => `{${name}}`).join(" ");
  return z
    .string()
    .trim()
    .min(1)
    .refine(
      (value) => [...value.matchAll(/\{([^{}]*)\}/g)].every((match) => allowed.includes(match[1] ?? "")),
      {
        error: `has a placeholder that is not one of ${names}`,
        abort: true,
      },
    )
    .refine((value) => !/[{}]/.test(value.replaceAll(/\{[^{}]*\}/g, "")), {
      error: "has a brace that is opened or closed alone",
      abort: true,
    })
    .meta({ description: `text with the placeholders ${names}`, examples: [example] });
}

/** A template that gives every mcp a name of its own: two that share one would be contained together. */
export function perMcp(example: string) {
  return template(["env", "name"], example).refine((value) => value.includes("{name}"), {
    error: "has to hold {name}, or all mcps would share it",
  });
}

export const severityId = z
  .enum(["critical", "high", "medium", "low"])
  .meta({ description: "a severity: critical, high, medium or low", examples: ["medium"] });

export const positiveHours = z
  .number()
  .int()
  .min(1)
  .max(2160)
  .meta({ description: "whole hours", examples: [24] });
export const minutes = z
  .number()
  .int()
  .min(1)
  .max(1440)
  .meta({ description: "whole minutes", examples: [30] });

export const roleArn = template(["env"], "arn:aws:iam::111122223333:role/firebreak-evidence-{env}").refine(
  (value) => /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/{}-]+$/.test(value),
  { error: "is not the ARN of an IAM role" },
);
export const bucketName = template(["env"], "firebreak-vault-{env}").refine(
  (value) => /^[a-z0-9][a-z0-9.{}-]{1,70}[a-z0-9}]$/.test(value),
  { error: "is not the name of an S3 bucket" },
);
