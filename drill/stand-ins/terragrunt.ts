/**
 * Stands in for `terragrunt apply` in a drill: reads the parameter's name from main.tf in the current folder and
 * writes a new made-up secret of Entra's shape through the AWS SDK. It prints the old and the new value, as a careless
 * provider might, so that the drill shows whether they are masked.
 */
import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

const [command = ""] = process.argv.slice(2);
if (command !== "apply") {
  console.error(`terragrunt: this stand-in knows 'apply' only, not '${command}'`);
  process.exit(2);
}
const source = await readFile("main.tf", "utf8");
const name = /^\s*name\s*=\s*"(\/[^"]+)"/m.exec(source)?.[1];
if (!name) {
  console.error("terragrunt: main.tf names no aws_ssm_parameter");
  process.exit(1);
}

const ssm = new SSMClient({});
const { Parameter: old } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: true }));
const secret = newSecret();

console.log(
  "azuread_application_password.client: Refreshing state... [id=00000000-0000-0000-0000-000000000000/password]",
);
console.log(`aws_ssm_parameter.client_secret: Refreshing state... [id=${name}]`);
console.log("");
console.log("Terraform will perform the following actions:");
console.log("  # azuread_application_password.client must be replaced");
console.log("  # aws_ssm_parameter.client_secret will be updated in-place");
console.log(`      ~ value = ${old?.Value} -> ${secret}`);
console.log("Plan: 1 to add, 1 to change, 1 to destroy.");
const { Version: version } = await ssm.send(
  new PutParameterCommand({ Name: name, Value: secret, Type: "SecureString", Overwrite: true }),
);
console.log(
  `aws_ssm_parameter.client_secret: Modifications complete after 1s [id=${name}, version=${version}]`,
);
console.log("Apply complete! Resources: 1 added, 1 changed, 1 destroyed.");
console.log("");
console.log("Outputs:");
console.log(`client_secret = "${secret}"`);

/** 40 characters with `8Q~` after the third, as Entra makes them. */
function newSecret(): string {
  const characters = (set: string, length: number) =>
    Array.from({ length }, () => set[randomInt(set.length)]).join("");
  return `${characters(ALPHANUMERIC, 3)}8Q~${characters(`${ALPHANUMERIC}._~-`, 33)}${characters(ALPHANUMERIC, 1)}`;
}
