/** The whole suite, in the order in which it runs. */
import type { Row } from "./row.ts";
import { ECS_ROWS, SCALING_ROWS, STS_ROWS } from "./rows-control.ts";
import { LOG_ROWS } from "./rows-logs.ts";
import { MESSAGE_ROWS } from "./rows-messages.ts";
import { COPY_ROWS, MULTIPART_ROWS } from "./rows-s3-copies.ts";
import { OBJECT_ROWS } from "./rows-s3-objects.ts";
import { PROTECTION_ROWS } from "./rows-s3-protection.ts";
import { VERSION_ROWS } from "./rows-s3-versions.ts";
import { SSM_ROWS } from "./rows-ssm.ts";

export const ROWS: readonly Row[] = [
  ...OBJECT_ROWS,
  ...VERSION_ROWS,
  ...COPY_ROWS,
  ...MULTIPART_ROWS,
  ...PROTECTION_ROWS,
  ...SSM_ROWS,
  ...LOG_ROWS,
  ...STS_ROWS,
  ...ECS_ROWS,
  ...SCALING_ROWS,
  ...MESSAGE_ROWS,
];
