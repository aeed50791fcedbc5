/** The repository's labels. Names are unique without regard to case. */
import { validationFailed } from "./errors.ts";
import type { LabelSeed } from "./types.ts";

export interface Label {
  id: number;
  name: string;
  color: string;
  description: string | null;
}

const FIRST_LABEL_ID = 7_000_000_001;
/** The colour of a label that comes into being by being put on an issue. */
const DEFAULT_COLOR = "ededed";
const LONGEST_NAME = 50;
const LONGEST_DESCRIPTION = 100;

export class LabelStore {
  readonly #labels = new Map<string, Label>();

  constructor(seed: readonly LabelSeed[]) {
    for (const label of seed) this.create(label);
  }

  list(): Label[] {
    return [...this.#labels.values()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  }

  find(name: string): Label | undefined {
    return this.#labels.get(name.toLowerCase());
  }

  /**
   * Adds a label. Throws 422 for a name or description that is too long, a colour that is not six hexadecimal
   * digits, and a name that exists already: https://docs.github.com/rest/issues/labels#create-a-label
   */
  create({ name, color = DEFAULT_COLOR, description }: LabelSeed): Label {
    const invalid = (field: string, message: string) =>
      validationFailed({ resource: "Label", code: "custom", field, message });
    if (name.trim() === "")
      throw validationFailed({ resource: "Label", code: "missing_field", field: "name" });
    if ([...name].length > LONGEST_NAME) {
      throw invalid("name", `name is too long (maximum is ${LONGEST_NAME} characters)`);
    }
    if ([...(description ?? "")].length > LONGEST_DESCRIPTION) {
      throw invalid("description", `description is too long (maximum is ${LONGEST_DESCRIPTION} characters)`);
    }
    if (!/^[0-9a-f]{6}$/i.test(color)) {
      throw validationFailed({ resource: "Label", code: "invalid", field: "color", value: color });
    }
    const key = name.toLowerCase();
    if (this.#labels.has(key)) {
      throw validationFailed({ resource: "Label", code: "already_exists", field: "name" });
    }
    const label = {
      id: FIRST_LABEL_ID + this.#labels.size,
      name,
      color: color.toLowerCase(),
      description: description ?? null,
    };
    this.#labels.set(key, label);
    return label;
  }

  /** The canonical names of these labels, each once; a label that does not exist is created. */
  resolve(names: readonly string[]): string[] {
    const canonical = names.map((name) => (this.find(name) ?? this.create({ name })).name);
    return [...new Set(canonical)];
  }
}
