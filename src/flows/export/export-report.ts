import type { WarningGroup } from '#base/warnings.ts';

export interface ExportOptions {
  spaceKeys?: string[];
  attachments?: boolean;
  history?: boolean;
  trash?: boolean;
  dialect?: 'current' | 'legacy';
}

export interface ExportReport {
  site: string;
  scope: 'site' | 'space';
  spaces: string[];
  path: string;
  bytes: number;
  objects: number;
  attachments: number;
  warnings: WarningGroup[];
  seconds: number;
}
