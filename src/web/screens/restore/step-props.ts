import type { Me } from '#server/contract/auth-contract.ts';
import type { SiteSummary } from '../../api/queries.ts';
import type { Draft } from './draft.ts';

/** What every step of the wizard works on. */
export interface StepProps {
  me: Me;
  sites: SiteSummary[];
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}
