import { describe, expect, it } from 'vitest';
import { v4Path, ver003Folder } from './attachment-paths.ts';

describe('where attachments lie', () => {
  it('finds the worked examples of layout v4', () => {
    expect(v4Path('77273124', '1')).toBe('v4/191/28/77273124/77273124.1');
    expect(v4Path('3506237', '1')).toBe('v4/114/128/3506237/3506237.1');
    expect(v4Path('12345678', '1')).toBe('v4/10/98/12345678/12345678.1');
  });

  it('finds the worked examples of layout ver003', () => {
    expect(ver003Folder('524289', '22158395', '22547306')).toBe('ver003/39/24/524289/145/158/22158395/22547306');
    expect(ver003Folder('3473409', '8061283', '8061284')).toBe('ver003/159/223/3473409/33/61/8061283/8061284');
    expect(ver003Folder(null, '8061283', '8061284')).toBe('ver003/nonspaced/33/61/8061283/8061284');
  });
});
