import { z } from "zod";
import { FirebreakError, quoted } from "../errors.ts";
import type { Graph } from "../ports.ts";

/** An mcp's application in Microsoft Entra ID, and its client secrets without their text. */

/** https://learn.microsoft.com/graph/api/resources/passwordcredential */
const credentialSchema = z.object({
  keyId: z.guid(),
  displayName: z.string().nullish(),
  /** The secret's first three characters; nothing for credentials that were made in other ways. */
  hint: z.string().nullish(),
  startDateTime: z.string().nullish(),
  endDateTime: z.string().nullish(),
});

const listSchema = z.object({
  value: z.array(
    z.object({
      id: z.guid(),
      appId: z.guid(),
      passwordCredentials: z.array(credentialSchema),
    }),
  ),
});

/** What `addPassword` answers: the only time that the text is given. */
const addedSchema = credentialSchema.extend({ secretText: z.string().min(1) });

export interface Credential {
  keyId: string;
  displayName: string;
  /** The secret's first three characters, as Entra shows them; null where it shows none. */
  hint: string | null;
  /** ISO 8601; null where Entra says nothing. */
  start: string | null;
  end: string | null;
}

export interface Application {
  /** Its object id, by which it is changed. */
  id: string;
  /** Its application (client) id, by which it signs in. */
  appId: string;
  credentials: Credential[];
}

/**
 * The one application of this display name (https://learn.microsoft.com/graph/api/application-list). Display names need
 * not be unique in a tenant.
 * @throws FirebreakError `application-not-found`, `application-ambiguous`; GraphError.
 */
export async function readApplication(graph: Graph, displayName: string): Promise<Application> {
  const query = new URLSearchParams({
    $filter: `displayName eq '${displayName.replaceAll("'", "''")}'`,
    $select: "id,appId,displayName,passwordCredentials",
  });
  const { value } = listSchema.parse(await graph.get(`/v1.0/applications?${query}`));
  const [found, ...others] = value;
  if (!found) {
    throw new FirebreakError(
      "application-not-found",
      `The tenant has no application with the display name ${quoted(displayName)}.`,
      "Correct naming.application in the runbook.",
    );
  }
  if (others.length > 0) {
    throw new FirebreakError(
      "application-ambiguous",
      `The tenant has ${value.length} applications with the display name ${quoted(displayName)}: ${value.map(({ appId }) => appId).join(", ")}. Which of them is the mcp's, a name cannot say.`,
      "Find out who made the others; rename them, or remove the secret by hand and contain again.",
    );
  }
  return { id: found.id, appId: found.appId, credentials: found.passwordCredentials.map(credential) };
}

/** https://learn.microsoft.com/graph/api/application-removepassword */
export async function removePassword(graph: Graph, { id }: Application, keyId: string): Promise<void> {
  await graph.send("POST", `/v1.0/applications/${id}/removePassword`, { keyId }, { repeatable: false });
}

/**
 * Makes a client secret (https://learn.microsoft.com/graph/api/application-addpassword). Not asked twice: nobody could
 * read the text of the first one.
 * @param mask hides the text, before anything else touches it.
 */
export async function addPassword(
  graph: Graph,
  { id }: Application,
  { displayName, end }: { displayName: string; end: Date },
  mask: (secret: string) => void,
): Promise<{ credential: Credential; secret: string }> {
  const body = { passwordCredential: { displayName, endDateTime: end.toISOString() } };
  const answer = await graph.send("POST", `/v1.0/applications/${id}/addPassword`, body, {
    repeatable: false,
  });
  const text = z.object({ secretText: z.string() }).safeParse(answer).data?.secretText;
  if (text !== undefined) mask(text);
  const { secretText, ...added } = addedSchema.parse(answer);
  return { credential: credential(added), secret: secretText };
}

/** The credential in one line, for a list that people choose from. */
export function describeCredential(one: Credential): string {
  return `- ${one.keyId} ${describeDates(one)}`;
}

/** What it is called, and from when to when it is valid. */
export function describeDates({ displayName, start, end }: Credential): string {
  return `${quoted(displayName)}, from ${start ?? "an unknown time"} to ${end ?? "an unknown time"}`;
}

function credential(raw: z.infer<typeof credentialSchema>): Credential {
  return {
    keyId: raw.keyId.toLowerCase(),
    displayName: raw.displayName ?? "",
    hint: raw.hint ?? null,
    start: raw.startDateTime ?? null,
    end: raw.endDateTime ?? null,
  };
}
