/** French: what the report of a verification says around the sentences of its verdict. */
export const REPORT_FR = `
report-question = Question
report-use = Utilisation
report-signatures = Signatures
report-record = Registre
report-terms = Conditions
report-inherited = Héritage
report-judged = Jugé au
report-assurance = Assurance
report-claim = Plainte
report-answer = Réponse
report-why = Pourquoi
report-set-aside = Ne compte pas tant que le registre est incomplet
report-chain = Chaîne
report-details = Détails
report-does-not-prove = Ne prouve pas
report-more = Détails : --explain
report-untranslated = (Restent en anglais : les précisions tirées des preuves, les messages des étapes et ceux des erreurs.)

report-party = { $name } ({ $id })
report-party-unnamed = une organisation que les preuves ne nomment pas ({ $id })
report-party-unknown = une organisation absente des preuves
report-anyone = quiconque l'accepte

report-asks-use = cette utilisation était-elle permise ?
report-asks-model = de quoi est issu le modèle de SHA-256 { $model }, et était-ce permis ?
report-asks-grants = qu'a-t-on fait au titre de { $grants }, et était-ce permis ?
report-asks-grant = l'octroi de { $by } à { $to }
report-asks-claim = la plainte de { $claimant } contre { $respondent } : { $allegation }
report-asks-claim-unknown = la plainte { $id }, absente des preuves
report-asks-intended = { $user } peut-elle faire cela ?

report-claim-text = { $claimant } contre { $respondent } : { $allegation }
report-answer-none = aucune pour l'instant de { $respondent }
report-answer-none-here = aucune pour l'instant de { $respondent }, pour autant que ce fichier le montre
report-answer-admit = { $respondent } reconnaît les faits
report-answer-deny = { $respondent } nie les faits
report-answer-justify = { $respondent } se dit dans son droit

report-use-text = exécution { $run } par { $user }, avec { $datasets }, attestée devant témoins au plus tard le { $time }
report-use-unwitnessed = exécution { $run } par { $user }, avec { $datasets }, sans témoins
report-use-intended = prévue par { $user }, avec { $datasets }
report-use-none = personne n'en a attesté dans ces preuves
report-dataset = { $title } { $label }
report-dataset-unknown = une version de jeu de données absente des preuves ({ $id })
report-no-dataset = aucun jeu de données
report-and = { $first } et { $last }

report-state-ok = ok
report-state-failed = ÉCHEC
report-state-unknown = inconnu
report-state-fork = BIFURCATION
report-state-untrusted = sans appui
report-state-few = trop peu
report-state-not-judged = non jugé
report-state-compliant = CONFORME SELON L'ATTESTATION
report-state-compliant-intended = CONFORME SELON LA DEMANDE
report-state-pending = EN ATTENTE
report-state-undetermined = INDÉTERMINÉ
report-state-breach = MANQUEMENT
report-state-violation = VIOLATION
report-outcome-compliant = l'utilisation est permise, et tout ce qui était dû a été fait
report-outcome-pending = l'utilisation est permise ; il reste dû quelque chose qui n'est pas encore échu
report-outcome-undetermined = les preuves ne tranchent pas si les conditions ont été respectées
report-outcome-breach = ce que les conditions demandent en retour n'a pas été fait comme convenu
report-outcome-violation = l'utilisation n'est pas permise
report-not-judged = les preuves ne tiennent pas selon votre politique
report-inherited-text = des modèles dont celui-ci est issu
report-A0 = A0 : aucun utilisateur n'a signé l'avoir fait
report-A1 = A1 : l'utilisateur a signé lui-même l'avoir fait
report-A2 = A2 : l'utilisateur a signé lui-même l'avoir fait, et les deux côtés ont signé l'accord
report-A3 = A3 : les deux côtés ont signé l'accord, et un tiers auquel vous vous fiez atteste un fait qui compte

report-no-statements = aucune déclaration d'un journal que votre politique accepte
report-signed = { $valid } sur { $total }
report-signed-by = { $valid } sur { $total }, de { $names }
report-without-effect = { $signed } ; { $count } sans effet
report-record-forked = { $origin } a signé deux histoires différentes
report-record-untrusted = authentique, mais votre politique ne nomme aucun de ses journaux ou témoins
report-record-few = { $origin } : { $witnesses }
report-record-text = { $witnesses }, { $size } entrées de { $origin }, au { $time }
report-record-open = { $record } ; rien ne montre que c'est complet : demandez les journaux entiers (tally bundle make --replay)
report-witnesses = { $form ->
    [one] 1 témoin
   *[many] { $count } témoins
  } ({ $k } requis)
report-witnesses-own = { $form ->
    [one] 1 témoin
   *[many] { $count } témoins
  } ({ $k } requis ; le témoin du journal lui-même ne compte pas)
report-witnesses-some = { $count } témoins sur { $n } ({ $k } requis)
report-witnesses-some-own = { $count } témoins sur { $n } ({ $k } requis ; le témoin du journal lui-même ne compte pas)
report-witnesses-unreachable = seulement { $n } des témoins de votre politique peuvent compter, et elle en demande davantage
report-witnesses-unreachable-own = seulement { $n } des témoins de votre politique peuvent compter, et elle en demande davantage ; celui du journal lui-même ne compte pas
report-witnesses-none = aucun témoin, car votre politique n'en demande pas

report-settle = Pour trancher : { $what }.
report-settle-STALE_VIEW = demandez un fichier plus récent
report-settle-NO_QUORUM = demandez un fichier plus récent, signé par davantage des témoins auxquels vous vous fiez
report-settle-NO_QUORUM-unreachable = nommez dans votre politique davantage des témoins auxquels vous vous fiez
report-settle-EVIDENCE_MISSING = demandez ce qui manque à qui a fait le fichier
report-settle-EVIDENCE_MISSING-parts = demandez les journaux entiers (tally bundle make --replay)

report-proves-nothing-anything-damaged = Ce fichier a été modifié ou endommagé ; il ne prouve donc rien.
report-proves-nothing-anything-unsound = Une signature ou une preuve de ce fichier est mauvaise ; il ne prouve donc rien.
report-proves-nothing-anything-untrusted = Personne que votre politique nomme ne répond de ce fichier ; il ne vous prouve donc rien.

report-chain-use = utilisation « { $run } » par { $user }
report-chain-version = version « { $label } » de « { $title } » par { $owner }{ $granted ->
    [no] , sans octroi
   *[yes] { "" }
  } : { $outcome }
report-chain-version-untitled = version « { $label } » d'un jeu de données absent des preuves{ $granted ->
    [no] , sans octroi
   *[yes] { "" }
  } : { $outcome }
report-chain-terms = selon les conditions de { $by }
report-chain-grant = par un octroi de { $by } à { $to }
report-chain-open-grant = par un octroi de { $by } à quiconque l'accepte
report-chain-accepted = accepté par { $by }
report-chain-missing = absent des preuves
report-place-whole = entrée { $index } de { $origin } (le journal entier est dans le fichier)
report-place-proved = entrée { $index } de { $origin } (présence dans le journal prouvée)
report-witnessed = devant témoins au plus tard le { $time }
report-not-witnessed = sans témoins
report-signature-valid = signature valable
report-signature-bad = signature NON valable

report-policy = votre fichier de politique, par son SHA-256 : { $sha256 }
report-judged-text = { $time }, le moment demandé
report-judged-early = { $time }, le moment demandé ; l'utilisation n'avait alors pas encore de témoins
report-instant = jugé au { $time }
report-instant-none = jugé à aucune date : aucun journal dans les preuves n'a assez de vos témoins
report-use-details = utilisation { $use } (exécution { $run }) : { $outcome }, assurance { $assurance }
report-no-use-details = aucune utilisation attestée : { $outcome }, assurance { $assurance }
report-log = { $origin } : { $size } entrées, { $complete }
report-log-refused = { $origin } : { $size } entrées, { $complete }, non accepté : { $refusal }
report-complete-replayed = complet : toutes les entrées sont dans le fichier
report-complete-cosigned = complet : recalculé par { $form ->
    [one] 1 miroir auquel vous vous fiez
   *[many] { $count } miroirs auxquels vous vous fiez
  }
report-complete-none = rien ne montre que c'est complet
report-counted = compté
report-ignored = ignoré
report-mirror = miroir
report-holds = tient si { $liars ->
    [zero] aucun des témoins ne ment
    [one] au plus 1 des témoins ment
   *[many] au plus { $lying } des témoins mentent
  } et si { $absentees ->
    [zero] aucun ne manque
    [one] au plus 1 manque
   *[many] au plus { $absent } manquent
  }
report-holds-not = ne peut pas tenir : trop peu des témoins que votre politique nomme comptent ici
report-unsigned-question = La question elle-même n'est signée par personne ; chacun peut la poser.
report-unsigned-policy = La politique à laquelle l'auteur du fichier pensait n'est signée par personne ; c'est la vôtre qui a servi.
report-unsigned-line = Non vérifiée et sans effet : la ligne de { $name } sous les { $size } premières entrées de { $origin }. Votre politique ne nomme pas cette clé.
report-unsigned-index-line = Non vérifiée et sans effet : la ligne de { $name } sous l'index de { $origin }. Votre politique ne nomme pas cette clé.
report-unsigned-fork-line = Non vérifiée et sans effet : la ligne de { $name } dans la preuve que { $origin } a signé deux histoires. Les lignes de { $origin } lui-même le prouvent.
report-step-passed = réussi
report-step-failed = échoué
report-step-skipped = omis

allegation-NO_PERMISSION = utilisé sans permission
allegation-GRANT_REVOKED = utilisé après la révocation de l'octroi
allegation-GRANT_EXPIRED = utilisé après la fin de l'octroi
allegation-RUN_PAST_GRACE = encore utilisé après la révocation de l'octroi
allegation-VERSION_NOT_GRANTED = utilisation d'une version non octroyée
allegation-SUBSET_EXCEEDED = utilisé plus que les conditions ne permettent
allegation-ACTION_PROHIBITED = utilisé d'une manière que les conditions interdisent
allegation-CAPABILITY_PROHIBITED = création d'un modèle que les conditions interdisent
allegation-PURPOSE_NOT_PERMITTED = utilisé dans un but que les conditions ne permettent pas
allegation-REGION_NOT_PERMITTED = utilisé dans une région que les conditions ne permettent pas
allegation-PARTY_NOT_PERMITTED = utilisé par une organisation que les conditions n'admettent pas
allegation-EXCLUDED_PARTY_GROUP = utilisé par un groupe que les conditions excluent
allegation-PAYMENT_MISSING = non payé
allegation-OWNER_UNDERPAID = payé moins que le prix
allegation-PLATFORM_FEE_MISSING = part de la plateforme non payée
allegation-DUTY_OVERDUE = une obligation non remplie à temps
allegation-ATTEST_LATE = non attesté à temps
allegation-WITHDRAWAL_OVERDUE = un retrait de consentement non respecté à temps
allegation-FALSE_ATTESTATION = fausse attestation
allegation-SHAREALIKE_CONFLICT = publié sous une autre licence que les conditions ne demandent
allegation-text = { $words } [{ $code }]

outcome-compliant = conforme selon l'attestation
outcome-pending = en attente
outcome-undetermined = indéterminé
outcome-breach = manquement
outcome-violation = violation
`
