Feature: Account lifecycle

  Scenario: A disconnect revokes the consent on TikTok
    Given I have a connected TikTok account
    When I disconnect it
    Then I see "No TikTok account yet"
    And its row should remain without tokens
    And the last request to TikTok is "revoke"

  Scenario: A webhook reports that the user removed the app in TikTok
    Given I have a connected TikTok account
    And TikTok sends its webhooks to the dashboard
    When the user removes the app in TikTok
    Then TikTok has delivered "authorization.removed"
    And the account is inactive and can be connected again

  Scenario: A read reports that the user removed the app in TikTok
    Given I have a connected TikTok account
    When the user removes the app in TikTok
    And I open the videos page
    Then I see the error "connect" with a link to the accounts
    And the account is inactive and can be connected again

  Scenario: Metrics require an active account and a membership
    Given I have a connected TikTok account
    Then a metrics request without an account returns 400
    And a metrics request for an unknown account returns 404
    And a metrics request for my account returns 200
    When the account moves to a workspace that I am not in
    Then a metrics request for my account returns 403
    When the account moves back with an expired connection
    Then a metrics request for my account returns 404

  # This account posts in no other scenario, because its window stays full for a minute.
  Scenario: The post page warns about a nearly full window
    Given I have connected "finn.private"
    And the post form was opened 18 times in this minute
    When I open the post page
    And I look at the quota
    Then "Creator lookups" shows 1 of 20 left, nearly used up
