import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openTarget } from "../verify/target.ts";
import { describeReport, verify } from "../verify/verify.ts";

/**
 * `firebreak verify <s3-uri | folder> [options]`. Exit status: 0 verified, 1 not verified, 2 could not
 * check. AWS credentials and region come from the environment, as for the AWS CLI.
 */

const USAGE = `Usage: firebreak verify <s3-uri | folder> [options]

  s3-uri      s3://<bucket>/incidents/INC-<number>, or s3://<bucket> for every incident in it
  folder      a copy of either, such as a drill's evidence folder
  --offline   makes no network call
  --json      the report for machines instead of words
  --key FILE  the organisation's public key (PEM), which has to have signed
  --tsa FILE  certificates (PEM) of the time-stamping authorities to trust, one of which has to have stamped

Exit status: 0 verified, 1 not verified, 2 could not check.`;

const EXIT = { verified: 0, "not-verified": 1, "could-not-check": 2 } as const;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        offline: { type: "boolean" },
        json: { type: "boolean" },
        key: { type: "string" },
        tsa: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
    const [command, target, ...rest] = positionals;
    if (values.help) {
      console.log(USAGE);
      return 0;
    }
    if (command !== "verify" || target === undefined || rest.length > 0) {
      console.error(USAGE);
      return 2;
    }
    const now = () => new Date();
    const { store, incidents } = await openTarget(target, { offline: values.offline ?? false, now });
    const trust = {
      ...(values.key === undefined ? {} : { publicKey: readFileSync(values.key, "utf8") }),
      ...(values.tsa === undefined ? {} : { timestampAuthorities: readFileSync(values.tsa, "utf8") }),
    };
    const report = await verify(store, target, incidents, now(), trust);
    console.log(values.json ? JSON.stringify(report, null, 2) : describeReport(report));
    return EXIT[report.verdict];
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    console.error(`Could not check: ${name === "TargetError" ? message : `${name}: ${message}`}`);
    return 2;
  }
}
