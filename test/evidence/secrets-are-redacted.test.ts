import { describe, expect, test } from "@jest/globals";
import { matchesFingerprint } from "../../src/evidence/fingerprint.ts";
import { redact } from "../../src/evidence/redact.ts";

function redacting(document: unknown) {
  const masked: string[] = [];
  const log = {
    info: () => {},
    warning: () => {},
    error: () => {},
    mask: (value: string) => masked.push(value),
  };
  return { ...redact(document, log), masked };
}

describe("secrets in ECS documents", () => {
  test("a variable whose name looks secret keeps its name, loses its value, and can be recognised", () => {
    const environment = [
      { name: "LOG_LEVEL", value: "info" },
      { name: "AZURE_CLIENT_SECRET", value: "hunter2-hunter2" },
    ];
    const { document, redacted, masked } = redacting({
      containerDefinitions: [{ name: "app", environment }],
    });
    expect(JSON.stringify(document)).not.toContain("hunter2");
    expect(JSON.stringify(document)).toContain('"LOG_LEVEL","value":"info"');
    expect(masked).toEqual(["hunter2-hunter2"]);
    expect(redacted).toHaveLength(1);
    expect(redacted[0]).toMatchObject({
      path: "containerDefinitions[0].environment[1].value",
      name: "AZURE_CLIENT_SECRET",
    });
    const print = redacted[0]?.fingerprint;
    expect(print && matchesFingerprint("hunter2-hunter2", print)).toBe(true);
    expect(print && matchesFingerprint("hunter3-hunter3", print)).toBe(false);
  });

  test.each([
    ["an Entra client secret", "abc8Q~0123456789abcdefghijklmnopqrstuvw"],
    ["a JSON Web Token", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhYmNkZWYifQ.c2lnbmF0dXJl"],
    ["a password in a URL", "postgres://app:s3cr3t-pw@db.example:5432/app"],
    ["an AWS access key", "AKIAIOSFODNN7EXAMPLE"],
    ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIE"],
    ["a connection string", "AccountName=x;AccountKey=0123456789abcdef"],
  ])("%s is recognised under any name and in a command", (_what, value) => {
    const { document, redacted } = redacting({
      command: ["run", value],
      environment: [{ name: "HARMLESS", value }],
    });
    expect(JSON.stringify(document)).not.toContain(value.slice(8, 20));
    expect(redacted).toHaveLength(2);
  });

  test("no variable stays but those known to be harmless, in containers and in overrides; names stay", () => {
    const hidden = {
      DB_PASS: "hunter2hunter2",
      SMTP_PASS: "abcdefg",
      PASSPHRASE: "correct horse",
      GITHUB_PAT: "zzzzzzz",
      ADMIN_CREDS: "admin:hunter2",
      DOOR_PIN: "4711",
      TOKEN_ENABLED: "true",
      UPSTREAM: "something-nobody-knows",
      LOG_LEVEL: "not a level but a secret sentence",
      PORT: "hunter2pw",
      HOST: "hunter2pw",
      SIXTEEN_DIGITS: "4111111111111111",
    };
    const shown = {
      NODE_ENV: "production",
      log_level: "info",
      Port: "8080",
      Host: "db.internal.example:5432",
      host: "10.0.0.1",
      RETRIES: "3",
      FEATURE_X: "true",
      AWS_REGION: "eu-west-1",
      TZ: "Europe/Copenhagen",
      EMPTY: "",
    };
    const pairs = (from: object) => Object.entries(from).map(([name, value]) => ({ name, value }));
    const environment = [...pairs(hidden), ...pairs(shown)];
    const { document, redacted, masked } = redacting({
      containerDefinitions: [{ environment }],
      overrides: { containerOverrides: [{ name: "app", environment }] },
    });
    const text = JSON.stringify(document);
    for (const [name, value] of Object.entries(hidden)) {
      expect(text).toContain(`"name":"${name}"`);
      expect(text).not.toContain(JSON.stringify({ name, value }));
    }
    for (const [name, value] of Object.entries(shown)) {
      expect(text).toContain(JSON.stringify({ name, value }));
    }
    expect(redacted.map(({ name }) => name)).toEqual([...Object.keys(hidden), ...Object.keys(hidden)]);
    expect(redacted.at(-1)?.path).toMatch(/^overrides\.containerOverrides\[0\]\.environment\[\d+\]\.value$/);
    // What is hidden for caution alone is no word to strike out of every log.
    expect(masked).toContain("hunter2hunter2");
    expect(masked).not.toContain("something-nobody-knows");
  });

  test.each([
    [
      ["run", "--client-secret", "s3cr3tvalue", "--verbose"],
      ["run", "--client-secret", "*", "--verbose"],
    ],
    [
      ["--db-password=s3cr3tvalue", "--port=80"],
      ["--db-password=*", "--port=80"],
    ],
    [
      ["-dbPassword", "-s3cr3tvalue"],
      ["-dbPassword", "*"],
    ],
    [
      ["--use-token", "--client-secret", "s3cr3tvalue"],
      ["--use-token", "--client-secret", "*"],
    ],
    [
      ["sh", "-c", "DB_PASS='s3cr3tvalue' exec app --api-key s3cr3tvalue --port 80 | tee x"],
      ["sh", "-c", "DB_PASS='*' exec app --api-key * --port 80 | tee x"],
    ],
    [
      ["curl", "-H", "Authorization: Basic s3cr3tvalue", "https://x.example/a"],
      ["curl", "-H", "Authorization: *", "https://x.example/a"],
    ],
    [
      ["sh", "-c", 'curl -H "X-Api-Key: s3cr3tvalue" x'],
      ["sh", "-c", 'curl -H "X-Api-Key: *" x'],
    ],
    [['{"password":"s3cr3tvalue"}'], ["*"]],
    [
      ["curl", "-u", "admin:s3cr3tvalue", "http://x"],
      ["curl", "-u", "*", "http://x"],
    ],
    [
      ["CMD-SHELL", "curl -uadmin:s3cr3tvalue --proxy-user 'me:s3cr3tvalue' localhost || exit 1"],
      ["CMD-SHELL", "curl -u* --proxy-user * localhost || exit 1"],
    ],
    [
      ["mysql", "-uroot", "-ps3cr3tvalue"],
      ["mysql", "-uroot", "-p*"],
    ],
    [
      ["sh", "-c", "exec mysqldump -u root -phunterword db"],
      ["sh", "-c", "exec mysqldump -u root -p* db"],
    ],
    [["-ps3cr3tvalue"], ["-p*"]],
    [["docker", "run", "-u", "1000:1000", "-p8080:80", "-profile", "-p", "x", "-u", "https://x"], null],
    [["curl", "http://localhost:8080/health?full=true&n=3"], null],
    [["CMD-SHELL", "curl -f http://localhost:8080/health || exit 1"], null],
    [["node", "--max-old-space-size=512", "dist/index.js", "--author", "me", "", "a=b"], null],
  ])("of the command %j the secrets go and the rest stays", (command, expected) => {
    for (const key of ["command", "entryPoint"]) {
      const { document, redacted, masked } = redacting({ containers: [{ [key]: command }] });
      const stays = expected ?? command;
      const text = JSON.stringify(document).replaceAll("[redacted: see `redacted`]", "*");
      expect(JSON.parse(text)).toEqual({ containers: [{ [key]: stays }] });
      const stars = stays.join("").split("*").length - 1;
      expect(redacted).toHaveLength(stars);
      expect(masked).toHaveLength(stars);
    }
  });

  test.each([
    "Authorization Bearer hunter2pw",
    "Bearer hunter2pw",
    "basic aHVudGVyMjpwdw==",
    "Authorization: Basic abcdefgh",
  ])("what HTTP authorises with is recognised under any name: %s", (value) => {
    const options = { Header: value, Other: "Basic monitoring" };
    expect(redacting({ options }).document).toEqual({
      options: { Header: expect.stringContaining("redacted"), Other: "Basic monitoring" },
    });
  });

  test("the query of a URL may be a key: it goes from options and commands, the rest of the command stays", () => {
    const { document, redacted } = redacting({
      options: { "splunk-url": "https://x/?k=hunter2pw", plain: "https://x/?n=3" },
      command: ["curl", "https://x.example/a?k=hunter2pw"],
    });
    expect(JSON.stringify(document)).not.toContain("hunter2pw");
    expect(document).toMatchObject({ options: { plain: "https://x/?n=3" } });
    expect(JSON.stringify(document)).toContain("https://x.example/a?[redacted");
    expect(redacted.map(({ path, name }) => [path, name])).toEqual([
      ["options.splunk-url", "splunk-url"],
      ["command[1]", "query"],
    ]);
  });

  test("labels of a container count as options do", () => {
    const dockerLabels = { "traefik.basicauth.users": "admin:hash", "com.example.team": "connectors" };
    const { document } = redacting({ dockerLabels });
    expect(document).toEqual({
      dockerLabels: {
        "traefik.basicauth.users": expect.stringContaining("redacted"),
        "com.example.team": "connectors",
      },
    });
  });

  test("options of a log driver count, references to secrets do not", () => {
    const { document, redacted } = redacting({
      logConfiguration: {
        logDriver: "splunk",
        options: { "splunk-token": "0000-1111", "splunk-url": "https://x" },
      },
      secrets: [
        { name: "CLIENT_SECRET", valueFrom: "/connectors/dev/x/client-secret" },
        { name: "OTHER", valueFrom: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:my-secret-AbCdEf" },
      ],
    });
    expect(redacted.map(({ path }) => path)).toEqual(["logConfiguration.options.splunk-token"]);
    expect(JSON.stringify(document)).toContain("/connectors/dev/x/client-secret");
    expect(JSON.stringify(document)).toContain("secret:my-secret-AbCdEf");
  });

  test("what ECS itself names stays, and dates stay dates", () => {
    const task = {
      attachments: [{ details: [{ name: "privateIPv4Address", value: "10.0.0.1" }] }],
      startedAt: new Date(0),
      taskArn: "arn:aws:ecs:eu-west-1:111122223333:task/cluster/0123456789abcdef0123456789abcdef",
    };
    expect(redacting(task)).toMatchObject({ document: task, redacted: [] });
  });

  test("a short or plain number is left out of the document but not masked in every log line", () => {
    const { redacted, masked } = redacting([{ name: "TOKEN_TTL", value: "3600000" }]);
    expect(redacted).toHaveLength(1);
    expect(masked).toEqual([]);
  });
});
