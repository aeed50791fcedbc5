import type { Runbook } from "./schema.ts";

interface Finding {
  path: (string | number)[];
  message: string;
  write: string;
}

/** What a single field's schema cannot see: names that refer to other names. */
export function crossCheck(runbook: Runbook): Finding[] {
  const contacts = Object.keys(runbook.contacts);
  const references: { path: (string | number)[]; contact: string | undefined }[] = [
    ...runbook.escalation.notify.map((entry, index) => ({
      path: ["escalation", "notify", index, "contact"],
      contact: "contact" in entry ? entry.contact : undefined,
    })),
    ...runbook.detection.external.map((entry, index) => ({
      path: ["detection", "external", index, "contact"],
      contact: entry.contact,
    })),
    ...Object.entries(runbook.incident_types).flatMap(([type, { manual }]) =>
      manual.map((step, index) => ({
        path: ["incident_types", type, "manual", index, "contact"],
        contact: step.contact,
      })),
    ),
    ...Object.entries(runbook.evidence.sources).map(([source, entry]) => ({
      path: ["evidence", "sources", source, "contact"],
      contact: entry.contact,
    })),
  ];
  const unknown = references
    .filter(({ contact }) => contact !== undefined && !contacts.includes(contact))
    .map(({ path, contact }) => ({
      path,
      message: `no contact is called '${contact}'`,
      write: `one of ${contacts.join(", ")}`,
    }));
  return [...unknown, ...contactsWithoutAddress(runbook), ...repeatedIds(runbook)];
}

/** Contacts that nobody has filled in yet: a warning each, by name. */
export function toFillIn(runbook: Runbook): Finding[] {
  return Object.entries(runbook.contacts).flatMap(([id, { role, fill_in }]) =>
    fill_in === undefined
      ? []
      : [
          {
            path: ["contacts", id, "fill_in"],
            message: `${role} is still to be filled in: ${fill_in}`,
            write: "`name` and `email`, and remove `fill_in`",
          },
        ],
  );
}

function contactsWithoutAddress(runbook: Runbook): Finding[] {
  return Object.entries(runbook.contacts)
    .filter(([, { email, fill_in }]) => email === undefined && fill_in === undefined)
    .map(([id]) => ({
      path: ["contacts", id],
      message: "has neither `email` nor `fill_in`",
      write: "`email: someone@example.com`, or `fill_in: what is missing`",
    }));
}

function repeatedIds(runbook: Runbook): Finding[] {
  const lists = [
    { at: ["escalation", "steps"], ids: runbook.escalation.steps.map(({ id }) => id) },
    { at: ["evidence", "rules"], ids: runbook.evidence.rules.map(({ id }) => id) },
    ...Object.entries(runbook.incident_types).map(([type, { manual }]) => ({
      at: ["incident_types", type, "manual"],
      ids: manual.map(({ id }) => id),
    })),
  ];
  return lists.flatMap(({ at, ids }) =>
    ids.flatMap((id, index) =>
      ids.indexOf(id) === index
        ? []
        : [{ path: [...at, index, "id"], message: `'${id}' stands here twice`, write: "an id of its own" }],
    ),
  );
}
