/**
 * French, begun: what is not here is said in English.
 */
export const FR = `
PERMITTED = Les conditions autorisent cette utilisation.
TERMS_PINNED = Il existe des conditions plus récentes, mais l'autorisation reste liée à celles qu'elle nommait.
TERMS_AMENDED = Le propriétaire a modifié les conditions comme elles le permettent, et la modification était en vigueur au début de l'entraînement.
ATTACHED_AT_START = L'utilisation a commencé pendant que l'autorisation était en vigueur ; elle peut donc se terminer.
GRANT_REVOKED = L'autorisation avait été révoquée lorsqu'elle a été utilisée.
GRANT_EXPIRED = La durée de l'autorisation était dépassée, ou pas encore commencée.
GRANT_NOT_ACCEPTED = L'autorisation n'avait pas été acceptée au début de l'utilisation.
ORDER_UNPROVEN = Les preuves ne montrent pas ce qui est venu en premier : { $what }.
NO_PERMISSION = Aucune autorisation et aucune permission dans les preuves ne couvre cette utilisation.
ACTION_PROHIBITED = Les conditions n'autorisent pas l'action : { $what }.
CAPABILITY_PROHIBITED = Les conditions n'autorisent pas un modèle doté de cette capacité.
PURPOSE_NOT_PERMITTED = Les conditions n'autorisent pas l'utilisation dans ce but.
REGION_NOT_PERMITTED = Les conditions n'autorisent pas l'utilisation dans cette région.
PARTY_NOT_PERMITTED = Les conditions ou l'autorisation ne sont pas pour cette organisation.
EXCLUDED_PARTY_GROUP = L'utilisateur appartient à un groupe que les conditions excluent.
FACT_UNKNOWN = Les conditions dépendent de quelque chose que les preuves ne montrent pas : { $what }.
VERSION_NOT_GRANTED = L'autorisation ne couvre pas cette version du jeu de données.
DUTY_PENDING = L'obligation { $clause } n'est pas encore échue.
ATTEST_LATE = L'utilisation n'a pas été attestée à temps : { $days } jours de retard.
PAYMENT_MISSING = Aucun paiement au propriétaire ne figure dans les preuves.
OWNER_UNDERPAID = Le propriétaire a reçu moins que le prix.
PLATFORM_FEE_MISSING = La part de la plateforme n'a pas été payée entièrement.
EVIDENCE_MISSING = Il manque dans les preuves quelque chose de nécessaire au verdict : { $what }.
UNATTESTED_USE_ALLEGED = Une plainte allègue une utilisation que personne n'a attestée ; à elle seule elle ne prouve rien.
INHERITED_VIOLATION = Un modèle dont celui-ci est issu a enfreint les conditions de ses propres données.
KEY_NOT_VALID = La clé de cette signature n'était pas une clé valable du signataire à ce moment.
LOG_EQUIVOCATION = Le journal a montré des histoires différentes à des témoins différents ; il ne prouve plus ni date, ni ordre, ni absence.
not-proved-intended-use-happens = Que ce qui sera fait est ce qui a été demandé ici : seule une attestation après l'exécution le dit.
not-proved-attestation-is-true = Que ce que l'utilisateur a attesté est vrai : une signature montre qui l'a dit, pas que c'est ainsi.
not-proved-same-dataset-claimed = Qu'aucun autre propriétaire ne revendique le même jeu de données ailleurs : seuls les journaux entiers le montrent.
not-proved-nothing-else-used = Qu'aucun autre jeu de données n'a été utilisé dans le même entraînement.
not-proved-parties-are-named-right = Que les organisations sont bien celles que leurs noms disent.
not-proved-witnesses-independent = Que les témoins auxquels vous vous fiez sont indépendants les uns des autres.
`
