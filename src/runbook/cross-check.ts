import { checkDataSources } from "./data-sources-schema.ts";
import type { Finding } from "./locate.ts";
import { tenantForRotation, tooSlow } from "./rotation-check.ts";
import type { Runbook } from "./schema.ts";
import { separation } from "./separation.ts";

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
  return [
    ...unknown,
    ...triageTypes(runbook),
    ...rowsOfIntake(runbook),
    ...contactsWithoutAddress(runbook),
    ...repeatedIds(runbook),
    ...repeatedNames(runbook),
    ...askedOfNobody(runbook),
    ...idsOfEscalation(runbook),
    ...toldByNobody(runbook),
    ...sharedBreakGlass(runbook),
    ...tooSlow(runbook),
    ...tenantForRotation(runbook),
    ...separation(runbook),
    ...checkDataSources(runbook),
    ...usersBlockedByNobody(runbook),
  ];
}

/** A row of the detection tables proposes an incident type that there is. */
function triageTypes({ detection, incident_types }: Runbook): Finding[] {
  const types = Object.keys(incident_types);
  const rows = [
    ...Object.entries(detection.alarms.per_mcp).map(([id, row]) => ({ at: ["alarms", "per_mcp", id], row })),
    ...Object.entries(detection.manual).map(([id, row]) => ({ at: ["manual", id], row })),
    ...detection.external.map((row, index) => ({ at: ["external", index], row })),
  ];
  return rows.flatMap(({ at, row: { triage } }) =>
    triage === undefined || types.includes(triage.type)
      ? []
      : [
          {
            path: ["detection", ...at, "triage", "type"],
            message: `no incident type is called '${triage.type}'`,
            write: `one of ${types.join(", ")}`,
          },
        ],
  );
}

/** What declares by itself does so by a row that there is, in a place that there is. */
function rowsOfIntake({ detection, environments, incident_types, intake }: Runbook): Finding[] {
  if (!intake) return [];
  const rows = [
    ...Object.keys(detection.alarms.per_mcp),
    ...Object.keys(detection.manual),
    ...detection.external.flatMap(({ id }) => id ?? []),
  ];
  const types = Object.keys(incident_types);
  const { default_environment: environment, default_mcp: mcp } = intake;
  const mcps = Object.hasOwn(environments, environment) ? (environments[environment]?.mcps ?? []) : [];
  const named: { path: string[]; value: string; known: string[]; what: string }[] = [
    ...(typeof intake.alerts === "string"
      ? [{ path: ["alerts"], value: intake.alerts, known: rows, what: "detection row" }]
      : Object.entries(intake.alerts).flatMap(([kind, { row, type }]) => [
          { path: ["alerts", kind, "row"], value: row, known: rows, what: "detection row" },
          ...(type === undefined
            ? []
            : [{ path: ["alerts", kind, "type"], value: type, known: types, what: "incident type" }]),
        ])),
    ...Object.entries(intake.forms).map(([label, value]) => ({
      path: ["forms", label],
      value,
      known: rows,
      what: "detection row",
    })),
    {
      path: ["default_environment"],
      value: environment,
      known: Object.keys(environments),
      what: "environment",
    },
    { path: ["default_mcp"], value: mcp, known: mcps, what: "mcp of the default environment" },
  ];
  return named
    .filter(({ value, known }) => !known.includes(value))
    .map(({ path, value, known, what }) => ({
      path: ["intake", ...path],
      message: `no ${what} is called '${value}'`,
      write: `one of ${known.join(", ")}`,
    }));
}

/** People are asked for the sign-in logs by the name and the contact that the runbook's table of sources gives. */
function askedOfNobody({ evidence }: Runbook): Finding[] {
  const asked = evidence.collect.includes("entra-sign-in") && !evidence.sources["entra-sign-in"];
  if (!asked) return [];
  return [
    {
      path: ["evidence", "sources"],
      message: "has no 'entra-sign-in', which evidence.collect names: nobody would be asked for the export",
      write: "`entra-sign-in`, with its `contact`",
    },
  ];
}

/** Accounts are changed by an application that only approved jobs may act as. */
function usersBlockedByNobody({ entra }: Runbook): Finding[] {
  if (entra?.users !== "graph" || entra.containment_client_id !== undefined) return [];
  return [
    {
      path: ["entra", "users"],
      message: "is graph, and there is no containment_client_id by which approved jobs would change accounts",
      write: "`containment_client_id` besides, or `users: by-hand`",
    },
  ];
}

/** Whoever approves ordinary containments must not be able to break the glass with the same approval. */
function sharedBreakGlass({ environments }: Runbook): Finding[] {
  return Object.entries(environments)
    .filter(
      ([, { break_glass_environment, github_environment }]) =>
        break_glass_environment?.toLowerCase() === github_environment.toLowerCase(),
    )
    .map(([id]) => ({
      path: ["environments", id, "break_glass_environment"],
      message:
        "is the environment of ordinary containments, too: whoever approves those could break the glass",
      write: "an environment of its own, with reviewers of its own",
    }));
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
    repeated(ids).map((index) => ({
      path: [...at, index, "id"],
      message: `'${ids[index]}' stands here twice`,
      write: "an id of its own",
    })),
  );
}

function repeatedNames({ evidence, environments }: Runbook): Finding[] {
  const lists: { at: string[]; names: readonly string[]; what: string }[] = [
    { at: ["evidence", "collect"], names: evidence.collect, what: "source" },
    ...Object.entries(environments).map(([id, { mcps }]) => ({
      at: ["environments", id, "mcps"],
      names: mcps,
      what: "mcp",
    })),
  ];
  return lists.flatMap(({ at, names, what }) =>
    repeated(names).map((index) => ({
      path: [...at, index],
      message: `'${names[index]}' stands here twice`,
      write: `every ${what} once`,
    })),
  );
}

/** Confirmations name a step by its id alone: a manual step and a step of the escalation process have to differ. */
function idsOfEscalation({ escalation, incident_types }: Runbook): Finding[] {
  const taken = new Set(escalation.steps.map(({ id }) => id));
  return Object.entries(incident_types).flatMap(([type, { manual }]) =>
    manual.flatMap(({ id }, index) =>
      taken.has(id)
        ? [
            {
              path: ["incident_types", type, "manual", index, "id"],
              message: `'${id}' is the id of a step of the escalation process`,
              write: "an id of its own",
            },
          ]
        : [],
    ),
  );
}

/** A step that is done by telling somebody names contacts, and teams that are told. */
function toldByNobody({ contacts, escalation }: Runbook): Finding[] {
  const teams = escalation.notify.flatMap((row) => ("team" in row ? [row.team] : []));
  const known = [...Object.keys(contacts), ...teams];
  return escalation.steps.flatMap(({ told = [] }, step) =>
    told.flatMap((name, index) =>
      known.includes(name)
        ? []
        : [
            {
              path: ["escalation", "steps", step, "told", index],
              message: `no contact and no team is called '${name}'`,
              write: `one of ${known.join(", ")}`,
            },
          ],
    ),
  );
}

/** The places of values that stand earlier in the list already. */
function repeated(values: readonly string[]): number[] {
  return values.flatMap((value, index) => (values.indexOf(value) === index ? [] : [index]));
}
