/**
 * French: every sentence a verdict can give. What terms allow is a "permission", what an owner gives a party an "octroi".
 */
export const FR = `
PERMITTED = Les conditions permettent cette utilisation.
TERMS_PINNED = Il existe des conditions plus récentes, mais l'octroi reste lié à celles qu'il nommait.
TERMS_AMENDED = Le propriétaire a modifié les conditions comme elles le permettent, et la modification était en vigueur au début de l'exécution.
ATTACHED_AT_START = L'exécution a commencé pendant que l'octroi était en vigueur ; elle peut donc se terminer.
GRANT_REVOKED = L'octroi avait été révoqué lorsqu'il a été utilisé.
GRANT_EXPIRED = La durée de l'octroi était dépassée lorsqu'il a été utilisé.
GRANT_NOT_ACCEPTED = L'octroi n'avait pas été accepté au début de l'exécution.
RUN_PAST_GRACE = L'exécution a continué après la révocation de l'octroi et la fin du délai de grâce.
ORDER_UNPROVEN = Les preuves ne montrent pas ce qui est venu en premier : { $what }.
NO_PERMISSION = Aucun octroi et aucune permission dans les preuves ne couvre cette utilisation.
ACTION_PROHIBITED = Les conditions ne permettent pas l'action : { $what }.
CAPABILITY_PROHIBITED = Les conditions ne permettent pas un modèle doté de cette capacité.
PURPOSE_NOT_PERMITTED = Les conditions ne permettent pas l'utilisation dans ce but.
REGION_NOT_PERMITTED = Les conditions ne permettent pas l'utilisation dans cette région.
PARTY_NOT_PERMITTED = Les conditions ou l'octroi ne sont pas pour cette organisation.
EXCLUDED_PARTY_GROUP = L'utilisateur appartient à un groupe que les conditions excluent.
AFFILIATION_UNKNOWN = Aucune attestation de tiers en vigueur ne montre à quel groupe l'utilisateur appartient.
CREDENTIAL_EXPIRED = L'attestation de tiers qui montre ce fait était expirée ou révoquée.
CREDENTIAL_CONFLICT = Des attestations de tiers auxquelles vous vous fiez se contredisent sur ce fait.
FACT_UNKNOWN = Les conditions dépendent de quelque chose que les preuves ne montrent pas : { $what }.
PROOF_NOT_PROVIDED = Un fait qui devait être prouvé ne l'a pas été à temps.
NOT_SPECIFIC_ENOUGH = { $about ->
    [action] L'utilisateur n'a déclaré que « { $what } ». Ces conditions interdisent « { $narrower } » : il doit dire lequel c'est.
   *[other] L'utilisateur n'a déclaré que « { $what } ». Ces conditions font une différence pour « { $narrower } » : il doit dire lequel c'est.
}
VERSION_NOT_GRANTED = L'octroi ne couvre pas cette version du jeu de données.
DATASET_VERSION_UNKNOWN = La version du jeu de données est absente des preuves.
SUBSET_EXCEEDED = Il a été utilisé plus du jeu de données que les conditions ne permettent.
FALSE_ATTESTATION = L'utilisateur a déclaré l'attestation complète et l'a contredite plus tard.
DUTY_PENDING = L'obligation { $clause } n'est pas encore échue.
DUTY_NOT_TRIGGERED = Rien n'a déclenché l'obligation { $clause }.
DUTY_OVERDUE = { $task ->
    [ask] Aucun octroi ne nomme le projet de cette utilisation, et aucun ne répond à une demande à son sujet.
    [delete] Les données n'ont pas été supprimées à temps après la révocation de l'octroi{ days-late }.
    [retire] Les modèles n'ont pas été retirés à temps après la révocation de l'octroi{ days-late }.
   *[other] L'obligation { $clause } n'a pas été remplie à temps{ days-late }.
}
ATTEST_LATE = L'utilisation n'a pas été attestée à temps{ days-late }.
days-late = { $lateness ->
    [none] { "" }
    [one] {" "}: 1 jour de retard
   *[many] {" "}: { $days } jours de retard
}
BACKDATED = Une déclaration se dit plus ancienne qu'un point de contrôle qu'elle cite.
PAYMENT_MISSING = Aucun paiement au propriétaire ne figure dans les preuves.
PAYMENT_UNACKNOWLEDGED = Le paiement n'a pas été confirmé par qui l'a reçu.
OWNER_UNDERPAID = Le propriétaire a reçu moins que le prix.
PLATFORM_FEE_MISSING = La part de la plateforme n'a pas été payée entièrement.
PAYMENT_REVERSED = Le paiement a été remboursé.
REVOCATION_NOT_PERMITTED = L'octroi a été révoqué, mais ses conditions ne le permettent pas : c'est sans effet.
KEY_VALID_AT_TIME = La clé de cette signature a été remplacée plus tard et était valable à ce moment.
KEY_NOT_VALID = La clé de cette signature n'était pas une clé valable du signataire à ce moment.
KEY_COMPROMISED = Le signataire a déclaré la clé volée, et personne n'avait encore répondu à la déclaration.
DELEGATE_SCOPE = Qui a signé cela n'avait pas le droit de le signer pour le titulaire du droit.
ISSUER_FORK = Le signataire a signé deux suites d'une même déclaration ; les deux sont suspendues.
SUBLICENSE_DEPTH = La chaîne des sous-licences est plus longue que les conditions ne permettent.
SHAREALIKE_CONFLICT = Aucune licence unique du modèle ne convient à tous les jeux de données dont il est issu.
INHERITED_VIOLATION = Un modèle dont celui-ci est issu a enfreint les conditions de ses propres données.
INHERITED_CLEARED = Une violation héritée a été réglée avec le propriétaire du jeu de données.
REACH_EXCEEDED = Les conditions du jeu de données antérieur ne vont pas si loin.
NO_STANDING = Les conditions ne donnent pas à cette organisation qualité pour cette plainte.
UNATTESTED_USE_ALLEGED = Une plainte allègue une utilisation que personne n'a attestée ; à elle seule elle ne prouve rien.
OWNERSHIP_CONTESTED = Deux organisations revendiquent le même jeu de données.
LOG_EQUIVOCATION = Le journal a montré des histoires différentes à des témoins différents ; il ne prouve plus ni date, ni ordre, ni absence.
STALE_VIEW = Les preuves sont plus anciennes que la politique ne l'accepte pour dire que quelque chose n'existe pas.
NO_QUORUM = Trop peu des témoins auxquels vous vous fiez ont signé le journal ici.
EVIDENCE_MISSING = Il manque dans les preuves quelque chose de nécessaire au verdict : { $what }.
EVIDENCE_ERASED = Un document nécessaire au verdict a été effacé.
WITHDRAWAL_OVERDUE = Un retrait de consentement n'a pas été respecté à temps.
PROFILE_UNSUPPORTED = Les conditions sont écrites dans un langage que ce programme ne connaît pas.
MACHINE_TERMS_NOT_APPROVED = Le texte pour les personnes prime, et les conditions lisibles par machine ne sont qu'un projet.
NOT_REPRODUCIBLE = Réévaluer les mêmes preuves ne donne pas cette conclusion.
DUPLICATE_ACT = Le même acte a été signé plus d'une fois et compte une fois.

not-proved-intended-use-happens = Que ce qui sera fait est ce qui a été demandé ici : seule une attestation après l'exécution le dit.
not-proved-attestation-is-true = Que ce que l'utilisateur a attesté est vrai : une signature montre qui l'a dit, pas que c'est ainsi.
not-proved-declared-times = Que l'exécution a réellement eu lieu aux moments que l'utilisateur a déclarés.
not-proved-same-dataset-claimed = Qu'aucun autre propriétaire ne revendique le même jeu de données ailleurs : seuls les journaux entiers le montrent.
not-proved-nothing-else-used = Qu'aucun autre jeu de données n'a été utilisé dans la même exécution.
not-proved-use-happened = Que l'utilisation alléguée a eu lieu : personne ne l'a attestée.
not-proved-parties-are-named-right = Que les organisations sont bien celles que leurs noms disent.
not-proved-witnesses-independent = Que les témoins auxquels vous vous fiez sont indépendants les uns des autres.
not-proved-anything-damaged = Quoi que ce soit : ce fichier a été modifié ou endommagé.
not-proved-anything-unsound = Quoi que ce soit : une signature ou une preuve de ce fichier est mauvaise.
not-proved-anything-untrusted = Quoi que ce soit : personne que votre politique nomme ne répond de ce fichier.
`
