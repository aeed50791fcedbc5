import { describe, expect, test } from "@jest/globals";
import { createRedactor } from "../../src/containment/redact.ts";

const redact = (line: string, known: string[] = []) => createRedactor(known)(line);

describe("a command's output", () => {
  test.each([
    ["an Entra secret", "value abc8Q~0123456789abcdefghijklmnopqrstuvw end", "value *** end"],
    ["an AWS access key", "key AKIAIOSFODNN7EXAMPLE end", "key *** end"],
    ["temporary credentials", "key ASIAIOSFODNN7EXAMPLE end", "key *** end"],
    ["a JWT", "bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "bearer *** end"],
    ["a GitHub token", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "***"],
    ["an assignment", 'client_secret = "s3cr3t value"', "client_secret = ***"],
    ["an assignment in YAML", "password: hunter2", "password: ***"],
    ["an assignment in JSON", '{"access_token":"abc","ok":1}', '{"access_token":***'],
    ["an assignment on a command line", "--api-key=abc run", "--api-key=***"],
    ["Terraform's old and new value", 'secret = "old" -> "new8Q~zyxwvutsrqponmlkjihgfedcb"', "secret = ***"],
    [
      "an old and a new value of any shape",
      '  ~ client_secret = "old" -> "new value"',
      "  ~ client_secret = ***",
    ],
    ["what is behind the bare name value", '  + value = "hunter2 and more"', "  + value = ***"],
    ["an old and a new value of any name", '  ~ password_id = "a" -> "b"', "  ~ password_id = ***"],
    ["a change under an innocent name", '  ~ display = "hunter2" => "hunter3"', "  ~ display = *** => ***"],
    ["a flag with its value behind a space", "run --client-secret hunter2", "run --client-secret ***"],
    ["an environment variable", "export ARM_CLIENT_SECRET hunter2", "export ARM_CLIENT_SECRET ***"],
    ["a short name for a password", 'db_pass = "hunter2"', "db_pass = ***"],
    ["a value that begins like progress", "password: Important", "password: ***"],
    ["a value in colours", "pass\u001b[31mword=hunter2\u001b[0m", "password=***"],
  ])("hides %s", (_what, line, shown) => {
    expect(redact(line)).toBe(shown);
  });

  test.each([
    ["azuread_application_password.this: Creating..."],
    ["aws_ssm_parameter.client_secret: Modifications complete after 1s [id=/a/b]"],
    ["azuread_application_password.this[0]: Still creating... [10s elapsed]"],
    ["Apply complete! Resources: 1 added, 1 changed, 1 destroyed."],
  ])("shows progress: %s", (line) => {
    expect(redact(line)).toBe(line);
  });

  test("hides a value of several lines up to its end", () => {
    const hide = createRedactor([]);
    const lines = ["  + content = <<-EOT", "        hunter2", "    EOT", "  + name = 1"];
    expect(lines.map(hide)).toEqual(["  + content = <<-EOT", "***", "***", "  + name = 1"]);
  });

  test("hides known values in every form", () => {
    const secret = 'a "quoted" value\nand a second line';
    expect(redact(`x ${JSON.stringify(secret).slice(1, -1)} y`, [secret])).toBe("x *** y");
    expect(redact("x and a second line y", [secret])).toBe("x *** y");
    expect(redact(`x ${Buffer.from(secret).toString("base64")} y`, [secret])).toBe("x *** y");
  });

  test("hides a private key from its first line to its last", () => {
    const hide = createRedactor([]);
    const key = ["-----BEGIN RSA PRIVATE KEY-----", "MIIEow", "-----END RSA PRIVATE KEY-----"];
    expect([...key, "after"].map(hide)).toEqual(["***", "***", "***", "after"]);
  });
});
