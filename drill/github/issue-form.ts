/**
 * Issues opened by a form. https://docs.github.com/communities/using-templates-to-encourage-useful-issues-and-pull-requests/syntax-for-githubs-form-schema
 */
import { parse } from "yaml";
import { GitHubError } from "./errors.ts";
import { tellIssue } from "./operations/issues.ts";
import type { World } from "./world.ts";

/** What somebody filled in: text; of a dropdown that takes several or of checkboxes the labels that were chosen. */
export type FormField = string | readonly string[];

interface Element {
  type: "markdown" | "input" | "textarea" | "dropdown" | "checkboxes";
  id?: string;
  attributes: {
    label?: string;
    value?: string;
    render?: string;
    options?: (string | { label: string; required?: boolean })[];
  };
  validations?: { required?: boolean };
}

interface Form {
  title?: string;
  labels?: string[] | string;
  assignees?: string[] | string;
  body: Element[];
}

const NO_RESPONSE = "_No response_";

/**
 * Opens the issue as GitHub does: a heading for every field with what was filled in, and the form's own labels and
 * assignees, whatever the person may do otherwise. `title` is the field of that name, after the form's own title.
 * Throws GitHubError for a required field that is empty, and for a field that the form lacks.
 */
export function openByForm(
  world: World,
  login: string,
  form: string,
  { title = "", ...fields }: Readonly<Record<string, FormField>>,
): number {
  const { labels, assignees, body, title: prefix = "" } = parse(form) as Form;
  const known = body.flatMap(({ id }) => id ?? []);
  const stray = Object.keys(fields).find((name) => !known.includes(name));
  if (stray !== undefined) throw new GitHubError(422, `The form has no field ${stray}.`);
  const account = world.people.get(login);
  const created = world.issues.create(
    account.login,
    {
      title: `${prefix}${String(title)}`,
      body: body
        .filter(({ type }) => type !== "markdown")
        .map((element) => rendered(element, element.id === undefined ? undefined : fields[element.id]))
        .join("\n\n"),
      labels: world.labels.resolve(list(labels)),
      assignees: list(assignees).filter((one) => world.people.assignable(one)),
    },
    world.clock.now(),
  );
  tellIssue(world, { kind: "user", login: account.login, role: account.role ?? "read" }, created, "opened");
  return created.number;
}

function rendered({ type, id, attributes, validations }: Element, given: FormField | undefined): string {
  const { label = "", value = "", render, options = [] } = attributes;
  const heading = `### ${label}\n\n`;
  const chosen = Array.isArray(given) ? given.map(String) : [];
  if (type === "checkboxes") {
    const boxes = options.map((option) => (typeof option === "string" ? { label: option } : option));
    const missing = boxes.find((box) => box.required && !chosen.includes(box.label));
    if (missing) throw new GitHubError(422, `The box '${missing.label}' has to be ticked.`);
    return (
      heading + boxes.map((box) => `- [${chosen.includes(box.label) ? "X" : " "}] ${box.label}`).join("\n")
    );
  }
  const text = (Array.isArray(given) ? chosen.join(", ") : String(given ?? value)).replaceAll("\r\n", "\n");
  if (validations?.required && text.trim() === "") {
    throw new GitHubError(422, `The field ${id ?? label} has to be filled in.`);
  }
  if (text.trim() === "") return heading + NO_RESPONSE;
  return heading + (render === undefined ? text : `\`\`\`${render}\n${text}\n\`\`\``);
}

function list(value: string[] | string | undefined): string[] {
  return typeof value === "string" ? value.split(",").map((one) => one.trim()) : (value ?? []);
}
