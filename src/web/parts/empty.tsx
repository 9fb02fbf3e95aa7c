import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

/** Nothing is here yet: what would be, and how it comes to be. */
export function Empty({ icon = 'empty', text, children }: { icon?: IconName; text: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon name={icon} />
      <p>{text}</p>
      {children}
    </div>
  );
}
