/** What README files say about the actions, rendered from their `action.yml`. Pure functions. */

/** The part of an `action.yml` that people read. https://docs.github.com/en/actions/reference/workflows-and-actions/metadata-syntax */
export interface ActionMetadata {
  name: string;
  description: string;
  inputs?: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs?: Record<string, { description: string }>;
}

/** An action with its folder under `actions/`. */
export type Action = ActionMetadata & { folder: string };

/** Replaces what stands between `<!-- name:start -->` and `<!-- name:end -->`. @throws when the markers are missing. */
export function replaceBetween(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const from = text.indexOf(start);
  const to = text.indexOf(end);
  if (from < 0 || to < from) throw new Error(`the markers ${start} and ${end} are missing`);
  return `${text.slice(0, from + start.length)}\n\n${content}\n\n${text.slice(to)}`;
}

export function inputsTable({ inputs = {} }: ActionMetadata): string {
  const rows = Object.entries(inputs).map(([name, { description, required, default: value }]) => [
    code(name),
    cell(description),
    required ? "yes" : "no",
    value === undefined ? "" : code(value),
  ]);
  return rows.length === 0 ? "None." : table(["Input", "What it is", "Required", "Default"], rows);
}

export function outputsTable({ outputs = {} }: ActionMetadata): string {
  const rows = Object.entries(outputs).map(([name, { description }]) => [code(name), cell(description)]);
  return rows.length === 0 ? "None." : table(["Output", "What it is"], rows);
}

/** For the root README: one row an action, then the tables of each, folded. */
export function actionsList(actions: readonly Action[]): string {
  const rows = actions.map(({ folder, description }) => [
    `[${code(folder)}](actions/${folder}/README.md)`,
    cell(description),
  ]);
  const details = actions.map((action) =>
    [
      `<details><summary><code>${action.folder}</code>: inputs and outputs</summary>`,
      inputsTable(action),
      outputsTable(action),
      "</details>",
    ].join("\n\n"),
  );
  return [table(["Action", "What it does"], rows), ...details].join("\n\n");
}

/** A README for an action that has none yet. */
export function newReadme(action: Action): string {
  const required = Object.entries(action.inputs ?? {}).filter(([, input]) => input.required);
  return `# ${action.name}

${action.description}

\`\`\`yaml
- uses: ./actions/${action.folder}
  with:
${required.map(([name]) => `    ${name}: \${{ inputs.${name.replaceAll("-", "_")} }}`).join("\n")}
\`\`\`

AWS credentials come from the environment, as \`aws-actions/configure-aws-credentials\` leaves them.

## Inputs

<!-- inputs:start -->
<!-- inputs:end -->

## Outputs

<!-- outputs:start -->
<!-- outputs:end -->
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text.replaceAll("|", "\\|")}\``;
}

/** A table cell holds one line, and a bar would end it. */
function cell(text: string): string {
  return text.trim().replaceAll("|", "\\|").replace(/\s+/g, " ");
}
