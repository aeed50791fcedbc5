/**
 * A CloudFormation template, resolved: parameters, conditions and the functions that infra/ uses. What it does not know
 * it refuses, so that no policy is ever taken for another one.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import { type CollectionTag, parse, type ScalarTag, YAMLMap } from "yaml";

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type JsonObject = { [name: string]: Json };

export interface Resource {
  type: string;
  properties: JsonObject;
}

/** Where a stack is made. */
export interface Place {
  region: string;
  accountId: string;
}

const FUNCTIONS = ["If", "Equals", "Not", "And", "Or", "Join"];
const ABSENT = Symbol("AWS::NoValue");

/** The resources of a stack that those parameters make, by logical id; those whose condition does not hold are left out. */
export function resolveTemplate(
  text: string,
  parameters: Readonly<Record<string, string>>,
  place: Place,
): Record<string, Resource> {
  const template = parse(text, { customTags: tags() }) as Record<string, JsonObject>;
  const resolver = new Resolver(template, parameters, place);
  return Object.fromEntries(
    Object.entries(template.Resources ?? {})
      .filter(([, resource]) => resolver.exists(resource as JsonObject))
      .map(([id, resource]) => {
        const { Type, Properties = {} } = resource as JsonObject;
        return [id, { type: String(Type), properties: resolver.value(Properties) as JsonObject }];
      }),
  );
}

class Resolver {
  readonly #template: Record<string, JsonObject>;
  readonly #values: Readonly<Record<string, Json | typeof ABSENT>>;
  readonly #place: Place;

  constructor(template: Record<string, JsonObject>, given: Readonly<Record<string, string>>, place: Place) {
    this.#template = template;
    this.#place = place;
    const declared = template.Parameters ?? {};
    const unknown = Object.keys(given).find((name) => !Object.hasOwn(declared, name));
    if (unknown) throw new Error(`the template has no parameter ${unknown}`);
    const parameters = Object.entries(declared).map(([name, declaration]) => {
      const { Type, Default, AllowedPattern } = declaration as JsonObject;
      const value = given[name] ?? (Default === undefined ? undefined : String(Default));
      if (value === undefined) throw new Error(`the parameter ${name} is missing`);
      if (AllowedPattern !== undefined && !new RegExp(String(AllowedPattern)).test(value)) {
        throw new Error(`the parameter ${name} does not allow '${value}'`);
      }
      return [name, Type === "CommaDelimitedList" ? value.split(",").map((one) => one.trim()) : value];
    });
    this.#values = {
      ...Object.fromEntries(parameters),
      "AWS::Partition": "aws",
      "AWS::Region": place.region,
      "AWS::AccountId": place.accountId,
      "AWS::NoValue": ABSENT,
    };
  }

  exists({ Condition }: JsonObject): boolean {
    return Condition === undefined || this.#holds(String(Condition));
  }

  value(node: Json): Json {
    const value = this.#resolve(node);
    if (value === ABSENT) throw new Error("AWS::NoValue where a value is needed");
    return value;
  }

  #resolve(node: Json): Json | typeof ABSENT {
    if (Array.isArray(node)) return node.map((item) => this.#resolve(item)).filter((item) => item !== ABSENT);
    if (typeof node !== "object" || node === null) return node;
    const [[name, argument] = ["", null], ...more] = Object.entries(node);
    if (more.length === 0 && (name === "Ref" || name.startsWith("Fn::") || name === "Condition")) {
      // A policy statement has a Condition of its own, which is an object.
      if (name !== "Condition" || typeof argument === "string") return this.#call(name, argument);
    }
    return Object.fromEntries(
      Object.entries(node)
        .map(([key, item]) => [key, this.#resolve(item)] as const)
        .filter((entry): entry is readonly [string, Json] => entry[1] !== ABSENT),
    );
  }

  #call(name: string, argument: Json): Json | typeof ABSENT {
    if (name === "Ref") return this.#ref(String(argument));
    if (name === "Condition") return this.#holds(String(argument));
    if (name === "Fn::Sub") return this.#substitute(String(argument));
    if (name === "Fn::GetAtt") return this.#arn(String(argument));
    const list = argument as Json[];
    if (name === "Fn::If") {
      const [condition, then = null, otherwise = null] = list;
      return this.#resolve(this.#holds(String(condition)) ? then : otherwise);
    }
    const values = list.map((item) => this.value(item));
    if (name === "Fn::Equals") return values[0] === values[1];
    if (name === "Fn::Not") return values[0] !== true;
    if (name === "Fn::And") return values.every((value) => value === true);
    if (name === "Fn::Or") return values.some((value) => value === true);
    if (name === "Fn::Join") return [values[1]].flat().join(String(values[0]));
    throw new Error(`${name} is not simulated`);
  }

  #ref(name: string): Json | typeof ABSENT {
    const value = this.#values[name];
    if (value !== undefined) return value;
    return this.#arn(`${name}.Arn`);
  }

  #substitute(text: string): string {
    return text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => String(this.value({ Ref: name })));
  }

  /** The ARN of a role or a managed policy of this template: what `Ref` of a policy and `GetAtt` of a role give. */
  #arn(attribute: string): string {
    const id = attribute.replace(/\.Arn$/, "");
    const { Type, Properties = {} } = (this.#template.Resources?.[id] ?? {}) as {
      Type?: string;
      Properties?: JsonObject;
    };
    const root = `arn:aws:iam::${this.#place.accountId}`;
    if (Type === "AWS::IAM::ManagedPolicy")
      return `${root}:policy/${this.value(Properties.ManagedPolicyName ?? id)}`;
    if (Type === "AWS::IAM::Role") return `${root}:role/${this.value(Properties.RoleName ?? id)}`;
    return id;
  }

  #holds(condition: string): boolean {
    const node = this.#template.Conditions?.[condition];
    if (node === undefined) throw new Error(`the template has no condition ${condition}`);
    return this.value(node) === true;
  }
}

/** YAML's short forms, `!Sub x` for `Fn::Sub: x`. */
function tags(): (ScalarTag | CollectionTag)[] {
  const scalar = (tag: string, name: string): ScalarTag => ({
    tag,
    resolve: (text) => ({ [name]: text }),
  });
  return [
    scalar("!Ref", "Ref"),
    scalar("!Condition", "Condition"),
    scalar("!Sub", "Fn::Sub"),
    scalar("!GetAtt", "Fn::GetAtt"),
    ...FUNCTIONS.map(
      (name): CollectionTag => ({
        tag: `!${name}`,
        collection: "seq",
        resolve: (sequence) => {
          const call = new YAMLMap();
          call.set(`Fn::${name}`, sequence);
          return call;
        },
      }),
    ),
  ];
}
