// Numbers of cases as people type them.
import { meta } from './session'

/** The number of a case that stands there alone and whole, in groups and full width too; nothing where it does not. */
export function numberOf(typed: string): string {
  const digits = typed.normalize('NFKC').replace(/[\s-]/g, '')
  return /^\d+$/.test(digits) && digits.length === meta.value?.number_digits ? digits : ''
}
