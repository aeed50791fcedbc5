import { z } from "zod";

/** Values that several parts of a scenario have. */

export const text = z.string().trim().min(1);

export const login = z
  .string()
  .regex(/^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})$/)
  .meta({ description: "a GitHub login", examples: ["oncall-reviewer"] });
